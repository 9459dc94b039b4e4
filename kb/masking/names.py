"""Names of people: behind a word that announces one, and beside a phone number or an address."""

from __future__ import annotations

import re

from kb.masking.span import TAKEN, Kind, Searched

_HAN = "\u4e00-\u9fff"
_SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白"
    "孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文牛樊葛邢安齐庞伍庄管卜鲍左裴祁翟祝章娄柳岳喻柯骆欧耿温关焦詹俞纪苗"
    "凌费宁柴童颜梅盛甘聂包穆卓游柏单毕包岑项鲁尚池冉席连滕晏占符蒙倪窦冷谷穆桂申屈辛路解华蔺车简古景臧缪隋仇桑晋阮佟宫靳涂"
    "范兰殷施洪芦季舒牟曲阳卫霍翁闵房边辜吉饶刁瞿戚丘米苟褚奚党燕郎冀谈姬屠栾郁迟艾蓝巩仲虞卞封楚栗匡宗巫鞠荆沙胥尤"
)
_DOUBLE = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|南宫|独孤|长孙|宇文|轩辕"
_TITLE = "先生|女士|小姐|老师|同学|阿姨|大姐|师傅|太太|总|哥|姐|叔叔|奶奶|爷爷"
# What goes on behind a name, and so is no part of it.
_ENDS = (
    "电话|手机|联系|地址|收货|收件|收|的|号|住|是|在|要|已|和|与|跟|吗|呢|吧|啊|了|改|换|写|填|帮|能|可|不|没|有|我|你|您|他|她|这|那|身份|谢谢|麻烦|"
    f"{_TITLE}|请|亲|订单|快递|签|代|本人|省|市|区|县|路|[{TAKEN}]"
)
_GIVEN = rf"(?!{_ENDS})[{_HAN}]"
_PERSON = rf"(?:(?:{_DOUBLE}|[{_SINGLE}])(?:(?:{_TITLE})(?!们)|{_GIVEN}(?:{_GIVEN})?))"
_LATIN = r"[A-Z][a-z]{1,15}(?: [A-Z][a-z]{1,15}){0,2}"
_LONG = rf"[{_HAN}]{{2,6}}[·•][{_HAN}]{{2,8}}"
# What begins with a surname's character and is no name.
_WORDS = (
    "方便|安排|安装|高度|常用|常规|全部|应该|应当|明天|支持|单独|单位|于是|任何|成功|万一|金额|金牌|白色|黄色|黑色|温馨|温度|时间|和电|何时|管理|关于|关掉|关系|"
    "解释|解决|向|连续|连接|路上|路人|车上|车间|左右|易碎|毕竟|文字|文件|包装|包裹|包邮|严重|程序|简单|古|华为|席位|游戏|项目|占用|符合|冷|池|常|武汉|苏州|"
    "江苏|广|夏天|夏季|石头|钱|康|安卓|安全|安静|龙头|向你|向您|钟|丁点|毛病|毛|马上|马路|许多|余额|顾客|顾问|谢谢|谢了|黄了|水|周末|周[一二三四五六日]|"
    "高一点|高级|段时|史上|尚|都|平台|计|成都|路线|路边|国庆|申请|单子|单号|辛苦|欧码|花色|宁可|宁愿|甘肃|宁波|宁夏|贺卡|祝|孙子|孙女|童装|童鞋|柏油|金色|"
    "牛奶|牛仔|梅花|盛|米色|石家庄|白|温|关机|关注|易|章|车|古代|古镇|景|席|凌晨|管|管用|焦|项|简|符|占|单|沙发|米饭|米粉|房间|房子|房东|施工|吉他|边上|边框|燕麦|蓝色|蓝牙|季节|季度|封面|曲面|卫生|阳台|阳光|迟到|兰州|洪水|谈|舒服|舒适|舒缓|尤其|党|"
    "金柚|高[一二三]|高个|高档|申诉|申报|封[咯了号的]|付[多款咩钱费不了]|安心|张嘴|张口|包[年月]"
)
_DENIED = re.compile(rf"(?:{_WORDS})")
# The same for places that announce a name less surely, where more words may stand.
_COMMON = re.compile(
    "方式|方法|方案|方形|金[柚属币枪]|黄[油瓜豆]|高[个管压清端中]|石榴|万能|熊[猫孩]|牛[肉排]|包[子间括月年]|江[浙湖]|米[粉线]|安全|成[人年都]|水[果杯]|单[人独反个件]|任[意务]|"
    "全[家款新]|田园|梅子|何[必况]|余[款下]|胡[乱椒]|宋体|唐装|汤[锅圈]|马[桶甲达]|龙[虾骨]|花[呗卡]|文[具艺]|房[东子]|左[边手耳]|毛[巾衣重]|段[位子]|雷[达区]|"
    "柳[州条]|苗[条圃]|葡萄|白|黑|红|向|常|平时|水|温|时|和|路|车|卫|阳|边|党|祝|解|连|程度|伍佰|管理|项链|计算|沙|明[天细年]|谈|易|冷|池|古|景"
)
_CUE = re.compile(
    r"(?:收件人|收货人|收货姓名|收件姓名|取件人|寄件人|发件人|联系人|姓名|签收人|代收人|领取人|户名|收款人|开户人"
    r"|持卡人|真实姓名|名字|我名叫|本名|我叫做?|客户名|买家|入住人|乘客|旅客|学员)"
    r"(?:名字|姓名|名称|信息)?(?:[是为叫: ,，]|改成|改为|换成|换为|写成|写的?|填的?|应该[是写填]|应为|就是|要写"
    r"|登记的?){0,3}"
    rf"(?P<it>{_LONG}|{_PERSON}|{_LATIN})"
)
_SELF = re.compile(
    rf"(?:我是|我姓|免贵姓|本人)[:, ]{{0,2}}(?P<it>{_PERSON}|(?<=姓)(?:{_DOUBLE}|[{_SINGLE}]))"
    rf"(?=[ ,，。.;；!！\n{TAKEN}]|$|手机|电话|身份)"
)
_ALONE = re.compile(
    rf"(?:^|(?<=[ ,，;；:：/|\n、。{TAKEN}]))(?P<it>{_LONG}|(?:{_DOUBLE}|[{_SINGLE}])[{_HAN}](?:"
    rf"(?!收)[{_HAN}])?(?:{_TITLE})?|[{_SINGLE}](?:{_TITLE}))(?:\(?收\)?|亲启)?(?=[ ,，;；:：/|\n、。{TAKEN}]"
    r"|$)"
)
_RECEIVES = re.compile(
    rf"(?P<it>(?:{_DOUBLE}|[{_SINGLE}])(?:{_TITLE}|{_GIVEN}{{1,2}}))(?:\(收\)|收$|收(?=[ ,，。;；\n{TAKEN}])"
    r"|亲启)"
)
_BESIDE = 4
# What may stand behind a name that only a verb or a kinship announces; without one of these it may be any word.
_AFTER = (
    r"先生|女士|小姐|老师|师傅|开票|[查问]一?下|下[的了]单|也|用了|签收|代收|亲收|收|去|来|取|买|拍|下单|付|就|吧|呢|吗|行不|行吗|可以|和|在家"
    rf"|的(?:快递|包裹|件|名义|名字|账号|订单|货|单|电话|手机)|[ ,，。.;；!！?？\n{TAKEN}]|$"
)
_KIN = (
    "老公|老婆|丈夫|妻子|爱人|妈妈?|爸爸?|婆婆|公公|岳[父母]|爷爷|奶奶|外公|外婆|儿子|女儿|媳妇|[男女]?朋友|同事|室友|邻居|弟弟?|哥哥?|姐姐?|妹妹?"
    "|亲戚|同学|老板|秘书"
)
# A name by a weak sign does not end in what goes on behind one.
_CALLED = rf"(?:(?:{_DOUBLE}|[{_SINGLE}])(?:(?:{_TITLE})(?!们)|(?:(?![就去来取买拍和要也用开问查]){_GIVEN}){{1,2}}))"
_HANDED = re.compile(
    r"(?:收[件货](?:人改)?|[寄写送交发转带]给|[东西快递包裹件]给|给|找|帮|替|签收的?是|申请人|联系|通知|让|叫|查一?下|查查|以|用|实名的?是|付款的?(?:人|是)|下单的?(?:人|是)"
    r"|报名的?是|身份证上[叫是写]|写的是?|会员是|个人|抬头|备注一?下?|您好[,， ]?我|你好[,， ]?我)[:： ]?"
    rf"(?P<it>{_CALLED})(?={_AFTER})|[改换]成(?P<by>{_CALLED})(?=[签代]?收)"
)
_OF_KIN = re.compile(
    rf"(?:{_KIN})[:：, ，]?(?:叫|是|名字叫?)?(?P<it>(?:{_DOUBLE}|[{_SINGLE}]){_GIVEN}{{1,2}})(?={_AFTER})"
)
_TITLED = re.compile(
    rf"(?:^|(?<=[ ,，。;；:：\n给找叫是]))(?P<it>(?:{_DOUBLE}|[{_SINGLE}]){_GIVEN}{{1,2}})(?=先生|女士|小姐)"
)
# "是程诺不是程落": of one surname, or it is no correction of a name.
_NOT_SO = re.compile(rf"是(?P<it>{_PERSON})[,， ]?不是(?P<new>{_PERSON})(?=[ ,，。!！\n]|$|的|吧)")


# One name for another of the same surname: "把范文静改成范文婧".
_EXCHANGED = re.compile(
    rf"[把将从](?P<it>{_PERSON})(?:改成|改为|换成|换为)(?P<new>{_PERSON})(?=[ ,，。!！\n]|$|吧|谢谢)"
)
# Said of a name only where one was found already: "应该是王方方".
_CORRECTED = re.compile(
    rf"(?:应该是|应为|别写成|改成|改为|换成|换为)(?P<it>{_PERSON})(?=[ ,，。!！\n{TAKEN}]|$|才对|的|吧|谢谢)"
)


def find_names(searched: Searched) -> None:
    """Take names; to be called when phones and addresses are found, for names stand beside them."""
    for pattern in (_CUE, _SELF):
        for match in searched.matches(pattern):
            if not _DENIED.match(match["it"]):
                searched.take(*match.span("it"), Kind.NAME)
    for pattern in (_HANDED, _OF_KIN, _TITLED):
        for match in searched.matches(pattern):
            group = next(name for name, text in match.groupdict().items() if text)
            if not (_DENIED.match(match[group]) or _COMMON.match(match[group])):
                searched.take(*match.span(group), Kind.NAME)
    for match in (*searched.matches(_EXCHANGED), *searched.matches(_NOT_SO)):
        if not (_DENIED.match(match["it"]) or _DENIED.match(match["new"])) and match["it"][0] == match["new"][0]:
            searched.take(*match.span("new"), Kind.NAME)
            searched.take(*match.span("it"), Kind.NAME)
    if any(span.kind is Kind.NAME for span in searched.found):
        _take_corrected(searched)
    places = [span for span in searched.found if span.kind in _NEIGHBOURS]
    if not places:
        return
    for pattern in (_ALONE, _RECEIVES):
        for match in searched.matches(pattern):
            start, end = match.span("it")
            near = (max(start - place.end, place.start - end) for place in places)
            if min(near) <= _BESIDE and not _DENIED.match(match["it"]):
                searched.take(start, end, Kind.NAME)


def _take_corrected(searched: Searched) -> None:
    for match in searched.matches(_CORRECTED):
        if not _DENIED.match(match["it"]):
            searched.take(*match.span("it"), Kind.NAME)


_NEIGHBOURS = frozenset({Kind.MOBILE, Kind.LANDLINE, Kind.ADDRESS, Kind.ID_CARD, Kind.BANK_CARD})
