"""Postal addresses: a road, estate or village with house numbers, and what leads to it and follows it.

A place alone ("发到杭州市西湖区要几天") is no personal data and decides freight and days; a door is.
"""

from __future__ import annotations

import re

from kb.masking.span import TAKEN, Kind, Searched

_HAN = "\u4e00-\u9fff"
_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|"
    "内蒙古|广西|西藏|宁夏|新疆|香港|澳门|台湾"
)
_NUMERAL = r"(?:[A-Za-z]?\d{1,5}(?:-\d{1,4}){0,3}[A-Za-z]?|[A-Za-z]|[一二三四五六七八九十百]{1,4}|[东西南北甲乙丙丁])"
_UNIT = r"(?:号楼|号院|号门|号店|号铺|号|弄|栋|幢|座|单元|室|楼|层|户|#|组团|组|队)"
_DOOR = rf"{_NUMERAL}\s?{_UNIT}"
# What a number with 号 counts as a house number behind.
_ROAD = "(?:大道|大街|路|街|巷|弄|胡同|里弄|道|村|屯|庄|坊)"
_ESTATE = (
    "(?:小区|社区|花园|家园|公寓|花苑|苑|新城|新村|府|湾|城|庭|园|大厦|广场|中心|大学|学院|学校|中学|小学|医院|工业园|产业园|科技园|开发区|"
    "公馆|宿舍|名邸|嘉园|雅居|国际|厂|公司|集团|酒店|商场|市场|银行|里|期|府邸|山庄|别墅)"
)
_STRONG = rf"(?:{_NUMERAL}\s?(?:号楼|栋|幢|座|单元|弄|组团|组|队)|\d{{2,5}}\s?(?:室|户))"
# The last character of a place's name, which no word that leads to a place ends in.
_NAMED = rf"(?![住在到是寄送发去址于给])[{_HAN}]"
_CORE = re.compile(
    rf"{_NAMED}{_ROAD}[ ]?(?:[东西南北中]段)?(?:附?{_DOOR}|\d{{1,5}}-\d{{1,4}}(?!\d)|\d{{1,5}}"
    rf"(?=[ ]?[{_HAN}]{{2,10}}{_ESTATE}))"
    rf"|{_NAMED}{_ESTATE}{{1,2}}[ ,]?(?:[{_HAN}]{{1,4}}[区苑期])?(?:{_STRONG}|{_NUMERAL}区|\d{{1,3}}-\d{{1,4}}"
    rf"(?:-\d{{1,4}})*|\d{{1,4}}[A-Za-z]?(?![\d{_HAN}A-Za-z.%]))"
    rf"|(?<!第){_NUMERAL}\s?(?:栋|幢|号楼|座|单元|弄)[ ,\-]?(?:{_DOOR}|\d{{2,4}}(?![\d年月日元块天个克毫米升瓦件]))"
)
# A house number that may be a day of the month: 路 8号能到吗.
_DAY = re.compile(r"(?<!\d)(?:[12]?\d|3[01])号$")
_AFTER_DAY = re.compile(
    r"\s?(?:能|可以|前|之前|以前|发|到|送|左右|晚|早|上午|下午|中午|收|签|买|拍|下单|的|吗|就|还|会|凌晨|以后"
    r"|之后|给|寄|了|那|开|有)"
)
_NO_ROAD = re.compile(
    r"(?:一|在|半|上|走|电|水|线|铁|陆|回|来|去|思|门|套|网|公|管|油|气|渠|频|味|知|难|报|通|赛|跑|轨|隧"
    r"|航)[路道]$"
)
_MORE = re.compile(
    rf"[ ,]{{0,2}}(?:{_DOOR}|-?\d{{2,4}}(?:-\d{{1,4}}){{0,2}}(?![\d.%])"
    rf"(?!\s?[年月日元块天个克毫米升瓦件斤度号])|\([{_HAN}\dA-Za-z]{{2,15}}\)"
    rf"|(?:(?!的)[{_HAN}A-Za-z\d]){{0,12}}?(?:{_ESTATE}{{1,3}}(?:\d{{1,3}}[A-Za-z](?![A-Za-z\d]))?|店|驿站|门卫"
    rf"|传达室|保安室|快递柜|物业|楼下|丰巢|超市|前台|门口|柜)(?![{_HAN}]{{0,1}}(?:吗|么|里没))"
    rf"|(?:{_ROAD})?{_DOOR}|[东西南北][门区侧边]|第?\d{{1,3}}(?:教学楼|宿舍楼|公寓楼)|(?!的)[{_HAN}]{{1,8}}"
    rf"(?:\d{{1,4}}号(?![前之能可到下发])|\d{{1,3}}(?:-\d{{1,4}}){{1,3}}(?!\d)))"
)
_LEVEL = re.compile(rf"[省市区县镇乡旗州盟]|街道|自治区|{_PROVINCES}")
_BIG = re.compile(rf"{_PROVINCES}")
_LEAD = re.compile(
    r".*(?:地址|改到|改成|改为|换到|换成|换为|寄到|寄往|寄去|寄回|送到|送去|发到|发往|发去|发给|寄给|送给"
    r"|配送到|邮到|邮寄到|住在|家住|我住|人在|我在|搬到|搬去|位于|地点|家在|"
    r"公司在|就在|单位|收货|所在地|详细|住址|新家|在|到|是|住|去|寄|送|发)[是为:,， ]{0,3}",
    re.S,
)
_BREAK = re.compile(rf".*[。！？!?;；\n\]、:：{TAKEN}\x01()（）【】\[\"“”]|.*(?<![省市区县镇乡旗州盟道路街国]),", re.S)
# Three steps down to a road or village name a place closely enough without a number.
_CHAIN = re.compile(
    rf"(?:(?:{_PROVINCES})(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区)?[ ,]{{0,2}})?[{_HAN}]{{2,9}}?"
    rf"(?:市|自治州|州|地区|盟)[ ,]{{0,2}}"
    rf"[{_HAN}]{{1,9}}?[区县旗市][ ,]{{0,2}}(?:[{_HAN}]{{1,9}}?(?:街道|镇|乡)[ ,]{{0,2}})?"
    rf"[{_HAN}\d]{{1,12}}?(?:路|街(?!道)|巷|村|小区|花园|家园|公寓|苑|大厦|广场|大学|学院|中学|小学|医院|新村"
    r"|胡同|大道|社区|山庄|工业园|产业园)"
    rf"|(?:{_PROVINCES})?[{_HAN}]{{2,6}}县[ ,]?[{_HAN}]{{1,6}}?[镇乡][ ,]?[{_HAN}]{{1,8}}?(?:村|路|街|组)"
)
_LEFT = 45
_RIGHT = 60
_HINT = re.compile(r"[号弄栋幢座室楼#\d-]|[村路街巷苑园厦]")


def find_addresses(searched: Searched) -> None:
    """Take every address that leads to a door, with the places before and the floors behind it."""
    if not _HINT.search(searched.text):
        return
    done = len(searched.text) + 1
    for match in _merged(searched.text):
        start, end = match
        if end > done:
            continue
        searched.take(start, end, Kind.ADDRESS)
        done = start


def _merged(text: str) -> list[tuple[int, int]]:
    """The addresses, last first; those that touch or overlap are one."""
    places: list[tuple[int, int]] = []
    end = 0
    for core in _CORE.finditer(text):
        # What an address has swallowed is not grown again.
        if core.end() > end and not _is_day(text, core):
            places.append(_grown(text, *core.span()))
            end = places[-1][1]
    places += [(chain.start() + _lead(chain[0]), _right(text, chain.end())) for chain in _CHAIN.finditer(text)]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged[::-1]


def _is_day(text: str, core: re.Match[str]) -> bool:
    road = re.match(rf"[{_HAN}]{_ROAD}", core[0])
    if not road:
        return False
    if _NO_ROAD.search(road[0]):
        return True
    return bool(_DAY.search(core[0]) and _AFTER_DAY.match(text, core.end())) and not _LEVEL.search(
        text[max(0, core.start() - 12) : core.start()]
    )


def _grown(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole address around its core."""
    return start - len(_before(text[max(0, start - _LEFT) : start])), _right(text, end)


def _right(text: str, end: int) -> int:
    """Where the floors, rooms and landmarks behind an address end."""
    last = end + _RIGHT
    while end < last and (more := _MORE.match(text, end)) and more.end() > end:
        end = more.end()
    return end


def _lead(chain: str) -> int:
    """How many characters at the beginning of a chain lead to it ("改到", "地址")."""
    big = _BIG.search(chain)
    if big:
        return big.start()
    first = _LEVEL.search(chain)
    found = _LEAD.match(chain[: first.start()]) if first else None
    return found.end() if found else 0


def _before(left: str) -> str:
    """What of the text before a road or door belongs to the address."""
    left = _BREAK.sub("", left, count=1)
    big = list(_BIG.finditer(left))
    if big:
        first = big[0]
        # 河北 road and 上海 estate are places too, within a longer address: the first one begins it.
        return left[first.start() :]
    left = _LEAD.sub("", left, count=1).lstrip(" ,，")
    if _LEVEL.search(left):
        return left
    tail = re.search(rf"[{_HAN}A-Za-z\d ,]{{0,8}}$", left)
    return (tail[0] if tail else "").lstrip(" ,")
