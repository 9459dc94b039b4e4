"""The whole way with the packaged model: a folder of articles, the command line, and a server over real HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.articles import article_text, write_library

KB = (sys.executable, "-c", "from kb.cli import main; main()")

WASHER = """
## 能洗羽绒服吗？

能。选「羽绒服」程序，30 ℃，一次最多 2 件。

## 故障代码

| 代码 | 意思 |
|---|---|
| E01 | 不进水 |
| E08 | 门没有锁好 |
"""
FREIGHT_OLD = "## 门槛\n\n订单满 88 元免运费，不满收 10 元。"
FREIGHT_NEW = "## 门槛\n\n订单满 59 元免运费，不满收 8 元。"
REFUND = """
## 怎么退款

1. 打开订单，点退款。
2. 选原因，上传照片。
3. 等 24 小时。

```reply
您好，{订单号} 的退款已提交，24 小时内给您结果。
```
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_library(
        tmp_path_factory.mktemp("library"),
        products__w10=article_text("滚筒洗衣机 W10", WASHER, "product", id="w10", products=["QY-W10"]),
        freight_old=article_text("运费", FREIGHT_OLD, "policy"),
        freight=article_text(
            "运费", FREIGHT_NEW, "policy", supersedes="freight-old", effective_from="2026-09-01T00:00:00+08:00"
        ),
        refund=article_text("退款流程", REFUND, "return-rule", owner="售后组"),
    )


@pytest.fixture(scope="module")
def var(test_var: Path, packaged_model: object) -> Path:
    """The folder that holds the prepared model; `packaged_model` has made it."""
    assert packaged_model is not None
    return test_var


def kb(*arguments: str, var: Path, library: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "KB_VAR": str(var), "KB_LIBRARY": str(library)}
    return subprocess.run([*KB, *arguments], env=environment, capture_output=True, text=True, check=False)


def ask(question: str, *options: str, var: Path, library: Path) -> dict[str, Any]:
    done = kb("ask", question, "--json", *options, var=var, library=library)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_question_in_other_words_finds_its_section(var: Path, library: Path) -> None:
    answer = ask("那个机器可以丢羽绒衣进去不", var=var, library=library)
    first = answer["suggestions"][0]
    assert first["source"]["article"] == "w10"
    assert first["source"]["headings"] == ["能洗羽绒服吗？"]
    assert first["source"]["lines"] == [10, 10]
    assert first["reply"] == "能。选「羽绒服」程序，30 ℃，一次最多 2 件。"
    assert first["snippet"]["highlights"] == [[0, len(first["snippet"]["text"])]]
    assert 0 < first["confidence"] < 1


def test_a_code_names_its_row(var: Path, library: Path) -> None:
    first = ask("一直跳 e08", var=var, library=library)["suggestions"][0]
    assert (first["reply_kind"], first["reply"]) == ("table", "代码：E08；意思：门没有锁好")


def test_the_rule_of_the_orders_date(var: Path, library: Path) -> None:
    for day, article in (("2026-08-31", "freight-old"), ("2026-09-01", "freight")):
        answer = ask("运费多少钱", "--as-of", day, "--limit", "10", var=var, library=library)
        ids = [s["source"]["article"] for s in answer["suggestions"]]
        assert ids[0] == article
        assert len({"freight", "freight-old"} & set(ids)) == 1


def test_approved_wording_first(var: Path, library: Path) -> None:
    first = ask("退款要怎么弄", var=var, library=library)["suggestions"][0]
    assert first["reply_kind"] == "approved"
    assert first["reply"] == "您好，{订单号} 的退款已提交，24 小时内给您结果。"


def test_a_folder_with_problems_is_listed_and_never_served(var: Path, tmp_path: Path) -> None:
    broken = write_library(tmp_path, bad=article_text("坏", "正文", "policy", effective_from="2026-09-01T00:00:00"))
    done = kb("check", str(broken), var=var, library=broken)
    assert done.returncode == 1
    assert "bad.md:4: `effective_from` is naive-looking" in done.stdout
    done = kb("ask", "运费", var=var, library=broken)
    assert done.returncode == 1
    assert "bad.md:4" in done.stderr
    assert done.stdout == ""


def test_the_last_good_generation_answers_for_a_folder_that_broke(var: Path, tmp_path: Path) -> None:
    folder = write_library(tmp_path, invoice=article_text("发票", "签收后 24 小时内开电子发票。", "policy"))
    assert ask("发票", var=var, library=folder)["suggestions"][0]["source"]["article"] == "invoice"
    (folder / "broken.md").write_text("---\ntitle: 坏\n---\n", encoding="utf-8")
    answer = ask("发票", var=var, library=folder)
    assert [s["source"]["article"] for s in answer["suggestions"]] == ["invoice"]


def test_a_bad_option_names_itself(var: Path, library: Path) -> None:
    done = kb("ask", "运费", "--at", "2026-09-01T10:00:00", var=var, library=library)
    assert done.returncode == 1
    assert "--at: 2026-09-01T10:00:00 has no offset" in done.stderr


@pytest.fixture(scope="module")
def key(var: Path, library: Path) -> Iterator[str]:
    """An agent's token; `var` outlives the tests, so the key is revoked."""
    name = f"end to end {uuid.uuid4().hex[:8]}"
    done = kb("keys", "add", name, "--role", "agent", var=var, library=library)
    assert done.returncode == 0, done.stderr
    yield done.stdout.strip()
    revoked = kb("keys", "revoke", done.stdout.split("_")[1], var=var, library=library)
    assert revoked.returncode == 0, revoked.stderr


@pytest.fixture(scope="module")
def server(var: Path, library: Path) -> Iterator[str]:
    """A server's address; it takes a free port and says so in its log."""
    environment = {**os.environ, "KB_VAR": str(var), "KB_LIBRARY": str(library), "KB_PORT": "0"}
    process = subprocess.Popen([*KB, "serve"], env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                yield found.group(1)
                break
        else:
            pytest.fail("".join(said))
    finally:
        process.send_signal(signal.SIGTERM)
        process.stderr.close()
        process.wait(timeout=30)


def post(address: str, body: bytes, key: str) -> tuple[int, dict[str, Any]]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{address}/v1/suggestions", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_http_and_the_command_line_answer_alike(server: str, key: str, var: Path, library: Path) -> None:
    at = "2026-11-22T10:00:00+08:00"
    asked = {"question": "洗羽绒服可以吗", "limit": 3, "context": {"at": at}}
    status, over_http = post(server, json.dumps(asked).encode(), key)
    on_terminal = ask("洗羽绒服可以吗", "--limit", "3", "--at", at, var=var, library=library)
    assert status == 200
    for answer in (over_http, on_terminal):
        del answer["id"], answer["took_ms"]
    assert over_http == on_terminal
    assert server.startswith("http://127.0.0.1:")


def test_http_refuses_with_the_field(server: str, key: str) -> None:
    status, error = post(server, json.dumps({"question": "运费", "context": {"at": "gestern"}}).encode(), key)
    assert status == 422
    assert error["fields"][0]["field"] == "context.at"


def test_http_asks_for_a_key(server: str) -> None:
    status, error = post(server, b"{}", "kb_000000000000_" + "0" * 64)
    assert status == 401
    assert "kb keys add" in error["error"]


def test_http_shows_the_article_and_its_readiness(server: str, key: str) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    with urllib.request.urlopen(urllib.request.Request(f"{server}/v1/articles/refund", headers=headers)) as response:
        article = json.load(response)
    assert article["owner"] == "售后组"
    assert "<ol" in article["html"]
    with urllib.request.urlopen(f"{server}/readyz") as response:
        assert json.load(response)["generation"] == article["generation"]
