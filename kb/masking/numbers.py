"""Numbers that name a person or a purchase: phones, ID cards, bank cards, orders and parcels, plates, passports."""

from __future__ import annotations

import re
from datetime import date

from kb.masking.span import Kind, Searched

_SEP = r"[ \-.]"
_CODE = r"(?:(?:\+|00)?86\)?[ \-]{0,2})?"


def _grouped(first: str, sizes: tuple[int, ...]) -> str:
    """A mobile number whose digits stand in groups of these sizes; first: the pattern of its first three."""
    head, *rest = sizes
    groups = [first + rf"\d{{{head - 3}}}" if head > 3 else first, *(rf"\d{{{size}}}" for size in rest)]
    return rf"{_SEP}{{1,2}}".join(groups)


_FIRST = r"1[3-9]\d"
# Groups as people write them. Any spaces at all would take prices in a row ("199 299 399 49") for a number.
_SIZES = ((3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (3, 5, 3), (4, 3, 4), (4, 4, 3), (5, 6), (6, 5), (3, 2, 2, 2, 2))
_MOBILE = re.compile(
    rf"(?<![\d.])\(?{_CODE}(?:{_FIRST}\d{{8}}|{'|'.join(_grouped(_FIRST, s) for s in _SIZES)}"
    rf"|1{_SEP}[3-9](?:{_SEP}\d){{9}}|1[3-9]\*?\d(?:[*xX]{{4}})\d{{4}})(?!\d|\.\d)"
)
_SPOKEN = str.maketrans("幺一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖", "112345678900123456789")
_SPOKEN_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_HAS_SPOKEN = re.compile(r"[幺一二三四五六七八九零〇壹贰叁肆伍陆柒捌玖]{4}")
_FOREIGN = re.compile(r"\+(?!86)\d{1,3}[ \-]?(?:\d[ \-]?){6,11}\d(?!\d)|(?<!\d)00(?:852|853|886)[ \-]?\d{4}[ \-]?\d{4}")

_AREA = r"(?:010|02\d|0[3-9]\d{2})"
_LANDLINE = re.compile(
    rf"(?<![\d.])(?:(?:\+|00)86[ \-]?)?(?:\({_AREA}\)|{_AREA})[ \-]{{0,3}}(?:[2-9]\d{{6,7}}|[2-9]\d{{2,3}}[ \-]\d{{4}})"
    r"(?:[ ]?(?:-|转|分机)[ ]?\d{1,5})?(?!\d)"
)
_LOCAL = re.compile(
    r"(?:座机|固话|家里电话|家庭电话|单位电话|办公电话|宅电)(?:号码?)?[是为: ]{0,3}(?P<it>[2-9]\d{6,7})(?!\d)"
)

_ID_CUE = re.compile(
    r"(?:身份证号码?|身份证|证件号码?|sfz)(?:号码?)?[是为: ]{0,3}"
    r"(?P<it>\d{6}[ \-]?\d{4}[ \-]?\d{4}[ \-]?\d{3}[\dXx]|\d{15})(?![\dXx])",
    re.I,
)
_ID = re.compile(r"(?<![\dA-Za-z])\d{6}[ \-]?\d{8}[ \-]?\d{3}[\dXx](?![\dA-Za-z])")
_OLD_ID = re.compile(r"(?<![\dA-Za-z])\d{15}(?![\dA-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_REGIONS = frozenset((11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50))
_REGIONS |= frozenset((51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83))

_CARD_CUE = re.compile(
    r"(?:银行卡号?|卡号|储蓄卡|信用卡|借记卡|账号|帐号|账户|(?:建|工|农|中|交|招|邮储|浦发|兴业|民生|平安)"
    r"(?:商)?(?:行|银行)?卡)"
    r"(?:号码?)?[是为: ]{0,3}(?P<it>\d(?:[ \-]?\d){12,18})(?!\d)"
)
_CARD = re.compile(
    r"(?<![\dA-Za-z])(?:\d{13,19}|\d{4}(?:[ \-]\d{4}){2,3}(?:[ \-]?\d{1,4})?|\d{6}[ \-]\d{10,13})"
    r"(?![\dA-Za-z])"
)
# The first digits of cards: UnionPay, Visa, Mastercard, American Express, JCB and the older Chinese ones.
_ISSUERS = re.compile(r"62|60[0-9]|9558|4|5[1-5]|3[47]|35|68|69[0-9]{14,17}$|9[0-9]{17,18}$")

_ORDER_CUE = re.compile(
    r"(?:订单编?号|订单|交易编?号|交易单|流水号|退款编?号|退款单|售后单|工单编?号?|单号|运单编?号|运单|快递单"
    r"|快递|物流单|物流|包裹单?|面单|"
    r"order(?: ?(?:no|number|id))?|单子|编号|保单)(?:号码?|编号|ID|id)?(?:[是为:#. ]|号码|(?:应该|就)是){0,4}"
    r"(?P<it>(?:[A-Za-z]{2,5}[\- ]?)?\d(?=[\dA-Za-z\-]*\d{4})[\dA-Za-z]{5,}(?:-[\dA-Za-z]{1,20})*)(?![\dA-Za-z])",
    re.I,
)
_CARRIERS = (
    "SF|JD[A-Z]{0,3}|JT|YT|ZT|ZTO|STO|YD|YDH|DPK|DB|HT|HTKY|YZ|EMS|UC|TT|KY|AN|BS|RRS|CN|XA|PX|LP|WX|TB|PDD|DY|XHS|KS"
)
_PARCEL = re.compile(
    rf"(?<![A-Za-z\d])(?:(?:{_CARRIERS})[ \-]?\d{{9,}}(?:-\d{{1,3}})*-?|E[A-Z]\d{{9}}[A-Z]{{2}}|[A-Z]{{2,5}}\d{{10,}}|"
    r"[A-Z]\d{15,}|"
    r"[A-Z]{2,5} ?\d{4}(?: \d{4}){2,3}(?: \d{1,3})?)(?![A-Za-z\d])",
    re.I,
)
_RUN = re.compile(r"(?<!\d)(?<!\d\.)(?:\d{6}-\d{9,15}|\d{10,32})(?!\d)")
_SPACED_RUN = re.compile(r"(?<![\d.])\d{4}(?: \d{4}){2,5}(?: \d{1,3})?(?!\d)")
# A product's own numbers, and the number in the address of a product's page.
_OF_GOODS = re.compile(
    r"(?:条码|EAN|UPC|条形码|69码|货号|款号|型号|批号|批次|商品编[码号]|商品id|SKU|[?&/](?:id|itemid|skuid"
    r"|goods_id|item|product)[=/]|(?:jd|taobao|tmall)\.[a-z./]{2,20})"
    r"[是为: ]{0,3}[A-Za-z\-]{0,6}$",
    re.I,
)
_PUBLIC = re.compile(r"(?<!\d)[48]00[ \-]?(?:\d{3}[ \-]?\d{4}|\d{4}[ \-]?\d{3})(?!\d)")

_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·. \-]?"
    r"(?=[A-HJ-NP-Z]{0,5}\d)[A-HJ-NP-Z\d]{4}"
    r"(?:[A-HJ-NP-Z\d挂学警港澳]|[A-HJ-NP-Z\d]{2})(?![A-Za-z\d])"
)
_PASSPORT = re.compile(r"(?:护照|通行证|台胞证|回乡证)(?:号码?)?[是为: ]{0,3}(?P<it>[A-Za-z]{1,2}\d{7,9})(?!\d)")


def is_id_card(number: str) -> bool:
    """Whether 18 characters are an ID card's: region, birthday and check character (GB 11643-1999) fit."""
    if int(number[:2]) not in _REGIONS or not _is_day(number[6:14]):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def is_old_id_card(number: str) -> bool:
    """Whether 15 digits are an ID card's of before 1999, which has no check digit."""
    return int(number[:2]) in _REGIONS and _is_day(f"19{number[6:12]}")


def passes_luhn(number: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1."""
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def find_numbers(searched: Searched) -> None:
    """Take every number; what has a check digit or a word before it first, long runs of digits last."""
    _protect(searched)
    _cued(searched, _ID_CUE, Kind.ID_CARD)
    _cued(searched, _PASSPORT, Kind.PASSPORT)
    _checked_cards(searched, _CARD_CUE)
    _orders(searched)
    for match in searched.matches(_PARCEL):
        if not _OF_GOODS.search(searched.text[: match.start()]):
            searched.take(*match.span(), Kind.ORDER)
    for match in searched.matches(_ID):
        if is_id_card(_digits(match[0])):
            searched.take(*match.span(), Kind.ID_CARD)
    _phones(searched)
    for match in searched.matches(_OLD_ID):
        if is_old_id_card(match[0]) and not passes_luhn(match[0]):
            searched.take(*match.span(), Kind.ID_CARD)
    _checked_cards(searched, _CARD)
    for match in searched.matches(_PLATE):
        searched.take(*match.span(), Kind.PLATE)
    _runs(searched)


def _protect(searched: Searched) -> None:
    """Service numbers that everybody may know stay: they are blanked without being a find."""
    for match in searched.matches(_PUBLIC):
        start, end = match.span()
        searched.text = searched.text[:start] + "\x01" * (end - start) + searched.text[end:]


def _cued(searched: Searched, pattern: re.Pattern[str], kind: Kind) -> None:
    for match in searched.matches(pattern):
        searched.take(*match.span("it"), kind)


def _orders(searched: Searched) -> None:
    for match in searched.matches(_ORDER_CUE):
        # 快递 and 订单 stand before a phone as well; a cue that says "number" decides.
        if not re.fullmatch(r"1[3-9]\d{9}", match["it"]) or "号" in match[0]:
            searched.take(*match.span("it"), Kind.ORDER)


def _checked_cards(searched: Searched, pattern: re.Pattern[str]) -> None:
    named = "it" in pattern.groupindex
    for match in searched.matches(pattern):
        number = _digits(match["it"] if named else match[0])
        if 13 <= len(number) <= 19 and (named or (_ISSUERS.match(number) and passes_luhn(number))):
            if not named and _OF_GOODS.search(searched.text[: match.start()]):
                continue
            searched.take(*match.span("it" if named else 0), Kind.BANK_CARD)


def _phones(searched: Searched) -> None:
    for match in searched.matches(_MOBILE):
        if not _OF_GOODS.search(searched.text[: match.start()]):
            searched.take(*match.span(), Kind.MOBILE)
    if _HAS_SPOKEN.search(searched.text):
        for spoken in reversed(list(_SPOKEN_MOBILE.finditer(searched.text.translate(_SPOKEN)))):
            searched.take(*spoken.span(), Kind.MOBILE)
    for match in searched.matches(_FOREIGN):
        searched.take(*match.span(), Kind.MOBILE)
    for match in searched.matches(_LANDLINE):
        searched.take(*match.span(), Kind.LANDLINE)
    _cued(searched, _LOCAL, Kind.LANDLINE)


def _runs(searched: Searched) -> None:
    for match in searched.matches(_RUN):
        if not _OF_GOODS.search(searched.text[: match.start()]):
            searched.take(*match.span(), Kind.ORDER)
    for match in searched.matches(_SPACED_RUN):
        # Numbers in a row that are round count something: 1000 1200 1400 rounds a minute.
        if sum(group.endswith("0") for group in match[0].split()) <= 1:
            searched.take(*match.span(), Kind.ORDER)


def _digits(written: str) -> str:
    return re.sub(r"[ \-]", "", written)


def _is_day(written: str) -> bool:
    try:
        day = date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return False
    return 1900 <= day.year <= 2100
