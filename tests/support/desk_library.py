"""A small library with everything that the sidebar shows: answers, blanks, internal advice, calm, hostile text."""

from __future__ import annotations

from kb.article import Article
from tests.support.articles import make_article
from tests.support.library import small_library

HOSTILE = """# 电饭煲 <img src=x onerror="alert(1)">

<script>alert(2)</script> 电饭煲 [点我](javascript:alert(3)) \u202e反过来\u202c <b>粗</b>

| 电饭煲 | 二 |
|---|---|
| <iframe src="//evil.example"></iframe> | </td><script>alert(4)</script> |
"""
WASHER = """# 洗衣机

## 洗衣机能洗羽绒服吗？

能，洗衣机选羽绒服程序。
"""
PHRASE = """# 请稍等

## 发票还没到

```reply
{顾客称呼}，发票会在{钟点}前发到您的邮箱。
```

## 快递查询中

```reply
您的快递正在查，{钟点}前回复您。
```
"""
CALM = """# 安抚生气的顾客

1. 听完，不打断。
2. 认下感受，不急着认责任。
3. 给一个办法和时间。
"""
OPENING = """# 安抚开场

## 顾客生气

```reply
{顾客称呼}，遇上这样的事换谁都会生气，我来办。
```
"""


def desk_library() -> list[Article]:
    """The small library, and what a chat desk needs beside it."""
    return [
        *small_library(),
        make_article("washer-faq", "洗衣机问答", WASHER, "product"),
        make_article("phrase-wait", "话术：请稍等", PHRASE, "phrase", owner="客服培训组"),
        make_article("sop-calm", "安抚生气的顾客", CALM, "playbook", audience="internal", keywords=["生气", "愤怒"]),
        make_article("phrase-calm", "话术：安抚开场", OPENING, "phrase", keywords=["生气", "安抚"]),
        make_article("hostile", "电饭煲 <script>alert(5)</script>", HOSTILE, "product", owner="<b>商品组</b>"),
    ]
