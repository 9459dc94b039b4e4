from __future__ import annotations

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kb.date_mention import OrderDate, bought, order_date
from kb.question import Context, Question, Role, Stage, Turn
from tests.support.articles import ZONE

# A Sunday.
AT = datetime.fromisoformat("2026-11-22T10:00:00+08:00")


def days(said: OrderDate | None) -> str | None:
    """`first last`, both inclusive, month and day; the year where it is not 2026."""
    if said is None:
        return None
    last = said.end - timedelta(microseconds=1)
    shown = [f"{d:%m-%d}" if d.year == 2026 else f"{d:%Y-%m-%d}" for d in (said.begin, last)]
    return shown[0] if shown[0] == shown[1] else " ".join(shown)


SAID = [
    # Days and weeks back.
    ("昨天拍的，今天降了二十", "11-21"),
    ("前天下的单还没发货", "11-20"),
    ("大前天买的橙子", "11-19"),
    ("昨晚下的单能改地址吗", "11-21"),
    ("昨儿买的锅能退不", "11-21"),
    ("上周买的", "11-09 11-15"),
    ("上個禮拜買的鞋子小了", "11-09 11-15"),
    ("我上周在你家买的羽绒服掉毛", "11-09 11-15"),
    ("上上周三拍的", "11-04"),
    ("周一下的单怎么还不发", "11-16"),
    ("星期三才付的钱 今天掉了三十", "11-18"),
    ("周五晚上八点半直播里抢的", "11-20"),
    ("周末买的裤子", "11-21 11-22"),
    ("垃圾桶没倒 你们怎么赔 上周订的", "11-09 11-15"),
    ("三天前付的款", "11-19"),
    ("３天前付的款", "11-19"),
    ("两三天前买的", "11-19 11-20"),
    ("半个月前买的电饭煲坏了", "11-04 11-10"),
    ("二十来天前买的", "10-27 11-02"),
    ("一个月前买的耳机", "10-20 10-26"),
    ("前几天买的", "11-15 11-20"),
    ("前两天刚买的就降价了", "11-19 11-21"),
    ("前天橱窗249买的锅 今晚直播199", "11-20"),
    ("前天明明买了68的，用完卷58", "11-20"),
    ("前晚蹲主播抢的 今天又便宜十五", "11-20"),
    ("昨天不小心买错了颜色，昨天买的能换吗", "11-21"),
    ("昨天下单今天能到吗", "11-21"),
    # Months, whole and in part.
    ("上个月底拍的牛仔裤", "10-25 10-31"),
    ("上月中旬买的", "10-11 10-20"),
    ("上月那笔能给换成六期么", "10-01 10-31"),
    ("上个月20号买的", "10-20"),
    ("七月那单你们发错型号", "07-01 07-31"),
    ("8月的单子，T恤想换L", "08-01 08-31"),
    ("八月中那单才六十五块", "08-11 08-20"),
    ("9月初买的裤子腰大了", "09-01 09-07"),
    ("洗衣机不想要了 10月买的淘宝", "10-01 10-31"),
    ("今年3月买的手机", "03-01 03-31"),
    ("10月下旬买的加湿器", "10-21 10-31"),
    ("月初买的面膜", "11-01 11-07"),
    ("去年9月20买的", "2025-09-20"),
    ("去年买的", "2025-01-01 2025-12-31"),
    # Days of the calendar, in any script.
    ("10月28号买的", "10-28"),
    ("１０月２８號買的", "10-28"),
    ("十月二十八号下的单", "10-28"),
    ("2026-10-28 下单的，现在能退吗", "10-28"),
    ("2025年12月3日购买的", "2025-12-03"),
    ("11.5买的 等12.12那天便宜了你们认不认", "11-05"),
    ("11/5拍的", "11-05"),
    ("11.1零点刚过付的款，跑鞋想退", "11-01"),
    ("11月3号付的 现在都快一个月了", "11-03"),
    ("11月15刚拍 今天看便宜了二十", "11-15"),
    ("十月12那单 咋整", "10-12"),
    ("九月二十的单子，财务要纸的", "09-20"),
    ("要等多久才批 单子9月30的", "09-30"),
    ("下单时间是10月20日", "10-20"),
    ("20号买的被子", "11-20"),
    ("10月31号晚上下的单", "10-31"),
    ("国庆那会儿订的橙子 早上到的晚上十点才看到烂了几个", "10-01 10-07"),
    # Festivals.
    ("双11买的现在降价了", "11-11"),
    ("双十一当天拍的", "11-11"),
    ("雙１１買的", "11-11"),
    ("去年双11买的洗衣机", "2025-11-11"),
    ("618买的空气炸锅坏了", "06-18"),
    ("光棍节凑单买了电饭煲和杯套", "11-11"),
    ("小程序下的羽绒服 双11前一周买的", "11-03 11-10"),
    # How long since.
    ("买了三天就坏了", "11-19"),
    ("付款都五天了还不发货", "11-17"),
    ("下单两周了没动静", "11-07 11-09"),
    ("书包买了14个月拉头坏了", "2025-08-17 2025-11-09"),
    ("买了一年半的 摇杆漂 花钱吗", "2025-03-30 2025-07-17"),
    ("昨晚下的豆 今早想退单", "11-21"),
    ("25年6.30晚上付的款 七月才到手", "2025-06-30"),
    ("今天周日 昨天周六买的", "11-21"),
    # The later of two; somebody for whom it was bought.
    ("10月28拍的，11月8号付的尾款", "11-08"),
    ("给朋友上周买的", "11-09 11-15"),
    ("不是上周买的，是昨天买的", "11-21"),
    ("双11买的 昨天到的", "11-11"),
    # English.
    ("I bought it last week, can I return it", "11-09 11-15"),
    ("ordered 3 days ago and still nothing", "11-19"),
    ("Ordered on Oct 28th", "10-28"),
]

NOT_SAID = [
    # A deposit is no order yet: the rules are those of the day on which the rest is paid.
    "11月初交的订金 今天补尾款",
    "十月底交的定钱，还能凑满减吗",
    # Receiving, using, returning and other things that happened.
    "昨天收到的",
    "签收第26天还能退吗",
    "昨天下午收的脐橙，今天中午开箱有霉的",
    "三天前收的今天才开箱 一看碎了",
    "昨天到货的，买的尺码小了",
    "昨天才签的字，那我哪天之前申请都算数",
    "仓库前天就收到退货了",
    "上周寄回去的，钱呢",
    "昨天申请的退款",
    "前天退的那件",
    "昨天半夜塞购物车里的",
    "上周投诉你们的事",
    "9月清掉之前你们连短信都不发一条",
    "11月8号进来的分 最晚能用到哪天",
    "你家加湿器才用半个月",
    "手机用了八个月 电池掉到76了",
    "昨天退的房 照片我留了",
    "周一报的修 今天周六了师傅还没影",
    "昨天拍的照片发你了",
    "前天拍了几张图给你看",
    # Events and plans.
    "双12什么时候开始",
    "12.12那天便宜吗",
    "双12买划算吗",
    "双11买划算还是双12买划算",
    "国庆买有优惠吗",
    "花了618买的",
    "双12买的话有赠品吗",
    "等双11买的人多吗",
    "想双12买",
    "12.10买的能享受优惠吗",
    "618满多少减多少 我好提前攒着",
    "十二月二十号去湖边住",
    "下周买有优惠吗",
    "下个月再买会更便宜吗",
    "周五买有活动吗",
    "25号买打折吗",
    "明天拍什么时候发",
    "国庆放假发货吗",
    "双11前买的",
    "11月1号之前买的都能退吗",
    "昨天想买没买成",
    "双11没抢到",
    "昨天看了还没下单",
    "去年双11有什么活动",
    "上周直播说的价格还有吗",
    "七月份还买得着吗",
    "今天周四先把水果拍了",
    "上月买了一百 这月再买两百 能按三百算吗",
    "今年买过一台电脑 再买一台还减不",
    "今年买的里头没找着那张卡",
    # Somebody else's.
    "昨天直播間比我買的便宜",
    "闺蜜上周买的才99",
    "别人双11买的比我便宜",
    # Prices, sizes, counts, versions.
    "11.5元买的",
    "花11.5买的",
    "¥11.5买的",
    "9.9买的包邮吗",
    "199.5买的",
    "1.5升的电饭煲买的人多吗",
    "10.5寸的买了",
    "系统12.1买的新机能升级吗",
    "iOS 12.1买的",
    "买30号的鞋偏大吗",
    "1号链接买的",
    "买三个月的奶粉要几罐",
    "买了两天的量",
    "买两年送一年吗",
    "年卡买了一年怎么没到账",
    "分了12期想一把结清",
    "QY618买的人多吗",
    "一周买一次",
    "以前天天买你家的",
    "3个月宝宝买几段",
    "买一送一 10件",
    "昨天的单号查不到",
    # Nothing bought, no date.
    "上周",
    "双11",
    "买的时候没注意",
    "昨天怎么没人回我",
    "",
    "received it yesterday",
    "when does the double 11 sale start",
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_when_it_was_bought(text: str, expected: str) -> None:
    assert days(bought(text, AT, ZONE)) == expected


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_dates_no_order(text: str) -> None:
    assert days(bought(text, AT, ZONE)) is None


@pytest.mark.parametrize(
    ("text", "begin", "end", "words"),
    [
        ("10月31号晚上下的单", "2026-10-31T17:00", "2026-11-01T00:00", "10月31号晚上"),
        ("11.1零点刚过付的款", "2026-11-01T00:00", "2026-11-01T06:00", "11.1零点"),
        ("我说 上週三買的", "2026-11-11T00:00", "2026-11-12T00:00", "上週三"),
        ("今天刚买的", "2026-11-22T00:00", "2026-11-22T10:00", "今天"),  # up to the question's own moment
        ("前几天买的呀", "2026-11-15T00:00", "2026-11-21T00:00", "前几天"),
    ],
)
def test_the_stretch_of_time_and_of_text(text: str, begin: str, end: str, words: str) -> None:
    said = bought(text, AT, ZONE)
    assert said is not None
    assert (said.begin, said.end) == (datetime.fromisoformat(f"{begin}+08:00"), datetime.fromisoformat(f"{end}+08:00"))
    assert text[said.start : said.stop] == said.words == words
    assert said.turn is None


def test_the_moment_is_the_middle() -> None:
    said = bought("上周买的", AT, ZONE)
    assert said is not None
    assert said.moment == datetime.fromisoformat("2026-11-12T12:00:00+08:00")


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        # 1 a.m. on the 22nd in Shanghai is noon of the 21st in New York.
        ("2026-11-22T01:00:00+08:00", "Asia/Shanghai", "11-21"),
        ("2026-11-22T01:00:00+08:00", "America/New_York", "11-20"),
        ("2026-11-21T17:00:00+00:00", "Asia/Shanghai", "11-21"),
        ("2026-03-01T10:00:00+08:00", "Asia/Shanghai", "02-28"),
        ("2026-01-01T10:00:00+08:00", "Asia/Shanghai", "2025-12-31"),
    ],
)
def test_days_begin_in_the_shops_zone(at: str, zone: str, expected: str) -> None:
    assert days(bought("昨天买的", datetime.fromisoformat(at), ZoneInfo(zone))) == expected


@pytest.mark.parametrize(
    ("at", "text", "expected"),
    [
        # The latest one past; where the next is near and the last long past, nobody knows which is meant.
        ("2026-11-30", "12.5买的", None),
        ("2027-05-06", "12.5买的机子", "12-05"),
        ("2026-11-05", "双11买的", None),
        ("2026-11-05", "去年双11买的", "2025-11-11"),
        ("2026-11-11", "双11买的", "11-11"),
        ("2026-06-20", "双11买的", "2025-11-11"),
        ("2027-03-01", "2月29号买的", "2024-02-29"),
        ("2026-11-22", "2月30号买的", None),
        ("2026-11-22", "13月5号买的", None),
        ("2026-01-10", "上个月买的", "2025-12-01 2025-12-31"),
        ("2026-03-31", "31号买的", "03-31"),
        ("2026-03-30", "31号买的", "01-31"),
    ],
)
def test_a_date_without_a_year_is_the_latest_past(at: str, text: str, expected: str | None) -> None:
    assert days(bought(text, datetime.fromisoformat(f"{at}T10:00:00+08:00"), ZONE)) == expected


def talk(text: str, *turns: tuple[Role, str], stage: Stage | None = None) -> Question:
    return Question(text, tuple(Turn(*turn) for turn in turns), Context(stage=stage))


CUSTOMER, AGENT = Role.CUSTOMER, Role.AGENT


@pytest.mark.parametrize(
    ("question", "expected", "turn"),
    [
        (talk("那能退吗", (CUSTOMER, "我上周买的"), (AGENT, "您好")), "11-09 11-15", 0),
        (talk("那能退吗", (CUSTOMER, "我上周买的"), (CUSTOMER, "不对，10月28买的")), "10-28", 1),
        (talk("昨天买的呢", (CUSTOMER, "我上周买的")), "11-21", None),
        (talk("那能退吗", (AGENT, "您是上周买的吧")), None, None),
        (talk("你们现在有什么活动", (CUSTOMER, "我上周买的")), None, None),
        (talk("再买一件多少钱", (CUSTOMER, "我上周买的")), None, None),
        (talk("能退吗", (CUSTOMER, "我上周买的"), stage=Stage.PRE_SALE), None, None),
        (talk("能退吗"), None, None),
    ],
)
def test_an_earlier_turn(question: Question, expected: str | None, turn: int | None) -> None:
    said = order_date(question, AT, ZONE)
    assert days(said) == expected
    assert said is None or said.turn == turn


def test_no_text_makes_it_slow() -> None:
    # The longest talk there may be, of what the patterns try hardest at.
    for piece in ("买", "1", "前天买", "11.1", "十", "买了", "上", "a ", "周一", "的"):
        text = (piece * 4000)[:4000]
        began = time.process_time()
        bought(text, AT, ZONE)
        assert time.process_time() - began < 0.2, piece
