"""What of a message has content of its own, and what only asks, points, answers or fills."""

from __future__ import annotations

import re
from functools import lru_cache

from kb.function_words import ASKING, FILLING, listed
from kb.normalise import fold

# With those that name nothing anywhere; longest first at each place. What is left over is what the message speaks of.
_FUNCTION = (
    *FILLING,
    *ASKING,
    *listed(
        """
问下 麻烦 你好 您好 在吗 在不 亲亲 亲 客服 老板 谢谢 多谢 好的 好滴 好吧 好呀 好哒 好嘞 行吧
可以的 没问题 知道了 明白了 明白 收到了 收到 嗯嗯 哦哦 噢 喔 哈哈 呵呵 对的 对呀 是的 是呀 有的
没事 不用了 算了 稍等 等下 等等 发你了 发过去了 拍好了 怎么个 咋弄 哪天 谁 几号 多重 多高 多远
多宽 多厚 几天 几点 几次 几年 几月 几小时 几种 可以不可以 可以吗 行吗 行不 用不用 需不需要 对不对
可否 得 必须 该 愿意 打算 准备 那儿 别人 其他 别的 另外 另 才 目前 一般 大概 到底 究竟 其实
真的 好像 可能 只 只有 只要 如果 要是 的话 万一 假如 但 不过 而且 因为 因 所以 那就 或者 或
同 及 以及 并 地 得 着 过 喽 噻 蛮 最 更 比较 点儿 叫 向 从 由 于 内 时间 小时 分钟 明天
昨天 前天 后天 今晚 明早 上午 下午 晚上 早上 每天 每次 一次 之后 以后 以前 之前 最后 最快 先
重新 直接 一遍 马上 立刻 赶紧 天 号 元 块 块钱 告诉 起 出 进 回 放 拿 找 发现 试 试试 开始
来着 一样 方面 地方
"""
    ),
)
# Words of content that begin or end like one of those.
_WORDS = listed(
    """
过期 过敏 过保 过季 下单 下架 地址 地区 地板 地暖 会员 会议 行李 行程 行车 要求 到货 到账 到期 到手 到店 出库
出厂 出差 出差错 进口 进水 上门 上市 上架 上衣 上新 中奖 内存 内胆 内衣 内裤 内部 前台 后台 号码 型号 账号 单号
尺码 说明 说明书 回收 回寄 退回 看病 让利 对比 给力 放电 放大 开机 开票 开关 关机 用户 用法 用量 使用说明 应用
试用 试穿 找回 拿铁 起球 起泡 起送 问卷 要价 得分 积分 分期 元旦 时差 中号 大号 小号 先用后付 第一段 的确良
目的地 太阳 太阳能 更换 更新 挺括 没收 在线 在途 可乐 能量 节能 功能 性能 智能 只读 都市 都江堰 就医 就餐 还款
还价 再生 再来一单 才艺 有效期 有货 无货 没货 没电 有机 有线 别针 不锈钢 不粘 没反应 向导 对讲 对账 对公 对折
由头 为期 于是 以旧换新 之家 里程 里料 中药 中性 前置 后盖 后视镜 时限 时效 情况说明 事故 方面包 地毯 地漏 元件
块根 天猫 天线 天气 号源 第三方 自提 自动 自取 自营 自己人 家电 大家电 大促 别墅 做工 做法 办公 办卡 来电 来源
去污 去渍 起步 回单 开始日期 用券 用卡 看护 问诊 知道点 一体 一体机 两用 两日游 多功能 几何 重量 高度 长度 宽度
大小 尺寸
"""
)
_AT: dict[str, list[tuple[str, bool]]] = {}
for _word in sorted({*_FUNCTION, *_WORDS}, key=len, reverse=True):
    _AT.setdefault(_word[0], []).append((_word, _word in _WORDS))
_PIECE = re.compile(r"[a-z][a-z\-]*+\d[a-z0-9\-]*|[a-z]{2,}|[\u3400-\u9fff]+")
_CODE = re.compile(r"[a-z]")
_NUMBER = re.compile(r"[a-z]{0,3}\d{6,}[a-z]?")


@lru_cache(maxsize=64)
def content(text: str) -> tuple[str, ...]:
    """The words of a text that have content, folded, in order: runs of characters between function words.

    No word segmentation: a run may be several words. Numbers alone, an order's too, have none.
    """
    plain = _NUMBER.sub(" ", fold(text))
    found: list[str] = []
    for piece in _PIECE.findall(plain):
        found += [piece] if _CODE.match(piece) else _runs(piece)
    return tuple(found)


def _runs(piece: str) -> list[str]:
    """What stands between the function words of a run of Chinese characters."""
    found: list[str] = []
    start = place = 0
    while place < len(piece):
        word, kept = next(
            (entry for entry in _AT.get(piece[place], ()) if piece.startswith(entry[0], place)), ("", True)
        )
        if not kept:
            found.append(piece[start:place])
            start = place + len(word)
        place += len(word) or 1
    return [run for run in [*found, piece[start:]] if run]


def weight(words: tuple[str, ...]) -> int:
    """How much content: a character each, a Latin word or a code for two."""
    return sum(2 if _CODE.match(word) else len(word) for word in words)
