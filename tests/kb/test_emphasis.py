from __future__ import annotations

import pytest

from kb.markdown import parser


@pytest.mark.parametrize(
    ("mark", "html"),
    [
        ("享**“七天”**无理由", "享<strong>“七天”</strong>无理由"),
        ("**七天无理由。**退货", "<strong>七天无理由。</strong>退货"),
        ("凭*（订单）*退", "凭<em>（订单）</em>退"),
        ("享**七天**无理由", "享<strong>七天</strong>无理由"),
        ("**“a”**b", "**“a”**b"),
        ("**(a)**b", "**(a)**b"),
        ("a * b * c", "a * b * c"),
        ("退 * 货 * 款", "退 * 货 * 款"),
        ("规格 3*4", "规格 3*4"),
        ("a_b_c 退_货_款", "a_b_c 退_货_款"),
        ("**退**", "<strong>退</strong>"),
        ("*", "*"),
        ("退*", "退*"),
        ("\\*退\\*", "*退*"),
    ],
)
def test_emphasis_beside_chinese_needs_no_space(mark: str, html: str) -> None:
    assert parser().renderInline(mark) == html
