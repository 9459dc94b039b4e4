"""Lines with personal data that was made up, marked `{kind|text}`, to measure what masking finds and what it spares.

`python -m tests.support.masking_lines` prints the generated lines of both halves; the second half's sentences, places
and forms were written after the rules were fixed.
"""

from __future__ import annotations

import json
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from kb.masking import Kind, Span

LINES = Path(__file__).parent.parent / "data" / "masking.jsonl"
_MARK = re.compile(r"\{([^|{}]+)\|([^{}]+)\}")


@dataclass(frozen=True)
class Line:
    """One line: text, the personal data in it, whether by hand or generated, before or after the rules were fixed."""

    text: str
    spans: tuple[Span, ...]
    origin: str
    half: str


def unmarked(marked: str) -> tuple[str, tuple[Span, ...]]:
    """The text and its gold spans."""
    text, last, spans = "", 0, []
    for mark in _MARK.finditer(marked):
        text += marked[last : mark.start()]
        spans.append(Span(len(text), len(text) + len(mark[2]), Kind(mark[1])))
        text += mark[2]
        last = mark.end()
    return text + marked[last:], tuple(spans)


def read_lines() -> list[Line]:
    """Every line of the file."""
    found = []
    for row in LINES.read_text(encoding="utf-8").splitlines():
        said = json.loads(row)
        found.append(Line(*unmarked(said["marked"]), said["origin"], said["half"]))
    return found


class _People:
    """Made-up data in the forms that people write."""

    def __init__(self, seed: int, places: tuple[str, ...], given: str, surnames: str) -> None:
        self.dice = random.Random(seed)  # noqa: S311
        self._places, self._given, self._surnames = places, given, surnames

    def digits(self, count: int) -> str:
        return "".join(self.dice.choice("0123456789") for _ in range(count))

    def name(self) -> str:
        return self.dice.choice(self._surnames) + "".join(self.dice.sample(self._given, self.dice.choice((1, 2, 2, 2))))

    def mobile(self) -> str:
        head, rest = "1" + self.dice.choice("35789") + self.dice.choice("0123456789"), self.digits(8)
        form = self.dice.randrange(6)
        plain = head + rest
        forms = (plain, plain, f"{head} {rest[:4]} {rest[4:]}", f"{head}-{rest[:4]}-{rest[4:]}", f"+86 {plain}")
        return forms[form] if form < 5 else plain.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"})

    def landline(self) -> str:
        area = self.dice.choice(("010", "021", "020", "0571", "0755", "028", "0512"))
        return area + self.dice.choice(("-", " ", "")) + self.dice.choice("25678") + self.digits(7)

    def id_card(self) -> str:
        body = self.dice.choice(("110105", "330106", "440305", "510107", "320583"))
        body += f"{self.dice.randrange(1955, 2005)}{self.dice.randrange(1, 13):02}{self.dice.randrange(1, 29):02}"
        body += self.digits(3)
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]

    def card(self) -> str:
        body = self.dice.choice(("622848", "621700", "622202", "621483")) + self.digits(self.dice.choice((9, 12)))
        total = sum(int(d) if place % 2 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(body)))
        number = body + str(-total % 10)
        return number if self.dice.random() < 0.6 else " ".join(re.findall(r".{1,4}", number))

    def address(self) -> str:
        place, n = self.dice.choice(self._places), self.dice.randrange
        room = f"{n(1, 30)}{n(1, 5):02}"
        tails = (
            f"{n(1, 800)}号{n(1, 20)}栋{n(1, 4)}单元{room}",
            f"{n(1, 800)}号{n(1, 20)}幢{room}室",
            f"{n(1, 800)}弄{n(1, 60)}号{room}室",
            f"{n(1, 800)}号",
            f"{n(1, 800)}号金桥大厦{n(2, 30)}楼",
        )
        return place + self.dice.choice(tails)

    def order(self) -> str:
        return self.digits(self.dice.choice((16, 18, 19))).replace("0", "3", 1)

    def parcel(self) -> str:
        head, count = self.dice.choice((("SF", 13), ("YT", 13), ("JD00", 11), ("JT", 13), ("78", 12), ("4", 14)))
        return head + self.digits(count)

    def wechat(self) -> str:
        return self.dice.choice(("xiaomao", "wxid_", "happy", "a_lin", "Tony")) + self.digits(4)

    def email(self) -> str:
        return f"{self.wechat().lower()}@{self.dice.choice(('qq.com', '163.com', 'gmail.com', 'corp.example.cn'))}"

    def filled(self, sentence: str) -> str:
        """The sentence with its `<name>`, `<mobile>`, … filled and marked."""
        kinds = {"name": "姓名", "mobile": "手机号", "landline": "座机号", "id_card": "身份证号", "card": "银行卡号"}
        kinds |= {"address": "地址", "order": "单号", "parcel": "单号", "wechat": "微信号", "email": "邮箱"}

        def fill(found: re.Match[str]) -> str:
            if found[1] in kinds:
                return f"{{{kinds[found[1]]}|{getattr(self, found[1])()}}}"
            low, high = map(int, found[1].split("-"))
            return str(self.dice.randrange(low, high))

        return re.sub(r"<([a-z_]+|\d+-\d+)>", fill, sentence)


_FIRST_PLACES = (
    "浙江省杭州市余杭区五常街道文一西路",
    "上海市闵行区莘松路",
    "广东省广州市天河区天河北路",
    "北京海淀区中关村南大街",
    "四川成都高新区天府三街",
    "江苏省苏州市工业园区星湖街",
    "人民路",
    "武汉市洪山区珞喻路",
)
_FIRST = (
    "收件人<name> <mobile> <address>",
    "<name>，<mobile>，<address>",
    "地址改成<address>，电话<mobile>",
    "订单号<order>咋还不发货",
    "<parcel> 这个快递停了两天了",
    "运单号：<parcel>，签收人不是我",
    "电话<mobile>打不通就打<landline>",
    "我身份证<id_card>，姓名<name>，实名认证失败",
    "退到银行卡<card>可以吗 户名<name>",
    "微信号<wechat> 加我一下",
    "发票抬头个人 邮箱<email>",
    "寄到<address>要几天到啊",
    "手机号<mobile>绑定不上小程序",
    "帮我查下订单<order> 手机<mobile>",
    "这款<1-99>寸的和<1-99>寸的差多少钱",
    "我买了<2-9>件 满<100-900>减<10-99>用不了",
    "<1-12>月<1-28>号下的单 能保价到<1-28>号吗",
    "身高<150-190>体重<90-180>斤穿多大",
    "QY-<10-99>A <1000-3000>瓦 一天<1-9>小时几度电",
    "<1000-9000>mAh电池能用<1-30>天吗 型号X<100-999>",
    "尺寸<300-900>x<300-900>x<300-900>mm放得下不",
    "优惠券<5-200>元怎么领 价格<100-5000>.<10-99>",
)
_SECOND_PLACES = (
    "山东省青岛市黄岛区长江中路",
    "湖北省襄阳市樊城区人民广场前进路",
    "重庆市渝北区龙溪街道红锦大道",
    "云南昆明市盘龙区白云路",
    "安徽合肥包河区马鞍山路",
    "无锡市梁溪区解放环路",
    "陕西省西安市雁塔区科技二路",
    "陈家巷",
)
_SECOND = (
    "换个收货地址吧：<address>，<name>，<mobile>",
    "<address> <name>收 <mobile>",
    "收货信息填错啦 收货人应该是<name> 手机<mobile>",
    "老板 <mobile> 这个是我电话，<parcel>帮忙改派到<address>",
    "我的订单编号是<order>，你查一下呗",
    "物流单号 <parcel> 显示异常签收了，我人在外地",
    "座机<landline>随时有人接",
    "<name> <id_card> 门票实名",
    "银行卡号：<card>，开户人<name>",
    "加个微信呗，wx号<wechat>",
    "说明书发到<email>行吗 打印不了",
    "能上门安装吗 我家在<address>",
    "用<mobile>登录提示密码错",
    "<order>、<order>两个单一起发行不行",
    "要<1-9>盒<2-6>段的，一盒<100-400>元对吧",
    "昨天看还<100-900>，今天就<100-900>了？差价<1-99>",
    "洗<1-12>kg的 <1000-1600>转 放得进<50-70>cm柜子吗",
    "A<100-900>和A<100-900>s差在哪 贵<100-900>块",
    "202<4-6>年<1-12>月生产的吗 保质期<12-36>个月",
    "第<1-9>期课程第<1-20>节看不了",
    "<100-300>*<100-300>的床配几号床单",
    "<1-30>号之前能到我就拍，<2-9>件起",
)


_SECOND_NAMES = "徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程"


def generated() -> list[tuple[str, str]]:
    """`(marked, half)` of every generated line, the same on each run."""
    first = _People(7, _FIRST_PLACES, "伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚桂英", "王李张刘陈杨赵黄周吴")
    second = _People(11, _SECOND_PLACES, "梓涵宇轩欣怡子墨浩然雨桐嘉懿沐辰若溪国栋淑兰", _SECOND_NAMES)
    lines = [(first.filled(_FIRST[n % len(_FIRST)]), "before") for n in range(70)]
    lines += [(second.filled(_SECOND[n % len(_SECOND)]), "after") for n in range(70)]
    return lines


if __name__ == "__main__":
    for marked, half in generated():
        sys.stdout.write(json.dumps({"origin": "generated", "half": half, "marked": marked}, ensure_ascii=False) + "\n")
