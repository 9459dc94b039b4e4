from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kb.errors import ArticlesError, Problem
from kb.folder import MAX_BYTES, check_folder, read_folder, read_library
from kb.library import ShopWords

HEAD = "---\ntitle: 题\nkind: policy\n"


def put(root: Path, path: str, fields: str = "", body: str = "正文。\n") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{HEAD}{fields}---\n{body}", encoding="utf-8")
    return file


def told(root: Path) -> list[tuple[str, int, str]]:
    return [(problem.path, problem.line, problem.what) for problem in check_folder(root)]


def test_articles_come_sorted_by_path_with_ids_of_their_own(tmp_path: Path) -> None:
    for path in ("退货/运费.md", "b.md", "a/z.md", "a-c.md", "B/大写.MD"):
        put(tmp_path, path)
    put(tmp_path, "c.md", "id: named\n")
    articles = read_folder(tmp_path)
    assert [article.path for article in articles] == [
        "B/大写.MD", "a-c.md", "a/z.md", "b.md", "c.md", "退货/运费.md",
    ]  # fmt: skip
    assert [article.id for article in articles] == ["B-大写", "a-c", "a-z", "b", "named", "退货-运费"]


def test_hidden_and_underscored_names_and_other_files_are_left_aside(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    for path in (".hidden.md", "_draft.md", ".git/a.md", "_old/a.md", "notes.txt", "x.markdown"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("no article")
    (tmp_path / "folder.md").mkdir()
    put(tmp_path, "folder.md/b.md")
    assert [article.path for article in read_folder(tmp_path)] == ["a.md", "folder.md/b.md"]
    assert check_folder(tmp_path) == []


def test_the_zone_reaches_the_times(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "effective_from: 2026-01-01\n")
    (in_berlin,) = read_folder(tmp_path, ZoneInfo("Europe/Berlin"))
    assert in_berlin.effective_from is not None
    assert in_berlin.effective_from.isoformat() == "2026-01-01T00:00:00+01:00"


def test_a_folder_without_articles_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArticlesError, match="the folder holds no articles"):
        read_folder(tmp_path)
    with pytest.raises(ArticlesError, match="no such folder"):
        read_folder(tmp_path / "none")
    file = put(tmp_path, "a.md")
    assert [problem.what for problem in check_folder(file)] == ["no such folder"]


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "owned: x\n", "")
    put(tmp_path, "b.md", "kind: x\n", "```\n")
    put(tmp_path, "c.md")
    assert told(tmp_path) == [
        ("a.md", 4, "unknown field `owned`"),
        ("a.md", 5, "the body is empty"),
        ("b.md", 4, "`kind` stands twice (first in line 3)"),
        ("b.md", 6, "a fence that is not closed"),
    ]
    with pytest.raises(ArticlesError, match=r"4 problem\(s\)") as caught:
        read_folder(tmp_path)
    assert list(caught.value.problems) == check_folder(tmp_path)


@pytest.mark.parametrize(
    ("raw", "line", "byte"),
    [
        ("---\ntitle: 题\n---\n".encode("gbk"), 2, "byte 8 of the line is 0xCC"),
        ("---\ntitle: 题\n".encode("utf-16"), 1, "byte 1 of the line is 0xFF"),
        ("---\ntitle: 题\n---\n字".encode()[:-1], 4, "byte 1 of the line is 0xE5"),
        (b"---\n\n\xed\xa0\x80", 3, "byte 1 of the line is 0xED"),
    ],
)
def test_broken_encoding_is_told_by_line_and_byte(tmp_path: Path, raw: bytes, line: int, byte: str) -> None:
    (tmp_path / "a.md").write_bytes(raw)
    assert told(tmp_path) == [("a.md", line, f"not UTF-8: {byte}")]


def test_a_file_over_a_megabyte_is_refused(tmp_path: Path) -> None:
    size = len((HEAD + "---\n").encode())
    put(tmp_path, "a.md", body="x" * (MAX_BYTES - size))
    assert told(tmp_path) == []
    put(tmp_path, "a.md", body="x" * (MAX_BYTES - size + 1))
    assert told(tmp_path) == [("a.md", 1, "larger than 1 MB")]


def test_a_duplicate_id_is_told_where_it_is_said(tmp_path: Path) -> None:
    put(tmp_path, "a/b.md")
    put(tmp_path, "a-b.md")
    put(tmp_path, "c.md", "owner: x\nid: a-b\n")
    assert told(tmp_path) == [
        ("a/b.md", 1, "the id `a-b` is taken by a-b.md"),
        ("c.md", 5, "the id `a-b` is taken by a-b.md"),
    ]


def test_a_reference_to_a_file_with_problems_of_its_own_is_sound(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "supersedes: named\noverrides: [c]\n")
    put(tmp_path, "b.md", "id: named\nunknown: x\n")
    (tmp_path / "c.md").write_bytes(b"\xff")
    assert [path for path, _, _ in told(tmp_path)] == ["b.md", "c.md"]


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "root"
    put(root, "a.md")
    outside = put(tmp_path, "outside/secret.md")
    (root / "file.md").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent)
    (root / "up.md").symlink_to("../outside/secret.md")
    (root / "gone.md").symlink_to("nowhere.md")
    (root / "self.md").symlink_to("self.md")
    (root / "gone.txt").symlink_to("nowhere.txt")
    assert told(root) == [
        ("file.md", 1, f"a symbolic link that leads out of the folder: {outside}"),
        ("folder", 1, f"a symbolic link that leads out of the folder: {outside.parent}"),
        ("gone.md", 1, "a symbolic link to nothing: nowhere.md"),
        ("self.md", 1, "a symbolic link to nothing: self.md"),
        ("up.md", 1, "a symbolic link that leads out of the folder: ../outside/secret.md"),
    ]


def test_a_link_within_the_folder_reads_no_file_twice_and_ends(tmp_path: Path) -> None:
    put(tmp_path, "z/a.md")
    (tmp_path / "again.md").symlink_to("z/a.md")
    (tmp_path / "b").symlink_to("z")
    (tmp_path / "z" / "up").symlink_to("..")
    assert [article.path for article in read_folder(tmp_path)] == ["z/a.md"]


def test_links_into_a_hidden_folder_are_followed_as_mounted_volumes_need(tmp_path: Path) -> None:
    put(tmp_path, ".v1/a.md")
    put(tmp_path, ".v1/sub/b.md")
    (tmp_path / ".data").symlink_to(".v1")
    (tmp_path / "a.md").symlink_to(".data/a.md")
    (tmp_path / "again.md").symlink_to("a.md")
    (tmp_path / "sub").symlink_to(".data/sub")
    assert [article.path for article in read_folder(tmp_path)] == ["a.md", "sub/b.md"]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path, "real/a.md")
    (tmp_path / "link").symlink_to("real")
    assert [article.path for article in read_folder(tmp_path / "link")] == ["a.md"]


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert told(tmp_path) == [("pipe.md", 1, "not an ordinary file")]


def test_a_file_name_in_another_encoding_is_told(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    (tmp_path / os.fsdecode(b"\xcc\xe2.md")).write_text("x")
    assert [(problem.line, problem.what) for problem in check_folder(tmp_path)] == [
        (1, "a file name that is not UTF-8")
    ]


def test_a_decomposed_file_name_gives_the_composed_id(tmp_path: Path) -> None:
    put(tmp_path, "cafe\u0301.md")
    assert read_folder(tmp_path)[0].id == "caf\u00e9"


def test_a_problem_reads_as_one_line() -> None:
    assert str(Problem("a.md", 3, "wrong", "mend it")) == "a.md:3: wrong — mend it"


def test_the_word_files_at_the_root_are_read(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    assert read_library(tmp_path).words == ShopWords()
    (tmp_path / "_synonyms.yaml").write_bytes("\ufeff- [运费, 邮费]\r\n- [退款, 退钱]\r\n".encode())
    (tmp_path / "_moods.yaml").write_text("replace: true\nanger: [翻车]\n", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "_synonyms.yaml").write_text("not read", encoding="utf-8")
    library = read_library(tmp_path)
    assert library.articles == read_folder(tmp_path)
    assert library.words.synonyms.groups == (("运费", "邮费"), ("退款", "退钱"))
    assert (library.words.moods.anger, library.words.moods.threat) == (("翻车",), ())


def test_problems_of_word_files_stand_among_the_articles_and_refuse_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "a.md", "owned: x\n")
    (tmp_path / "_synonyms.yaml").write_text("- [运费, 邮费]\n- [邮费, 费]\n", encoding="utf-8")
    (tmp_path / "_moods.yaml").write_bytes(b"anger: [\xff]\n")
    assert told(tmp_path) == [
        ("_moods.yaml", 1, "not UTF-8: byte 9 of the line is 0xFF"),
        ("_synonyms.yaml", 2, "`邮费` stands twice (first in line 1)"),
        ("_synonyms.yaml", 2, "a word of one letter: 费"),
        ("a.md", 4, "unknown field `owned`"),
    ]
    with pytest.raises(ArticlesError, match=r"4 problem\(s\)"):
        read_folder(tmp_path)


def test_word_files_that_are_none(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    outside = tmp_path.parent / f"{tmp_path.name}-words.yaml"
    outside.write_text("- [运费, 邮费]\n", encoding="utf-8")
    (tmp_path / "_synonyms.yaml").symlink_to(outside)
    (tmp_path / "_moods.yaml").mkdir()
    (tmp_path / "_moods.yml").write_text("", encoding="utf-8")
    assert told(tmp_path) == [
        ("_moods.yaml", 1, "not an ordinary file"),
        ("_moods.yml", 1, "a word file that would not be read"),
        ("_synonyms.yaml", 1, "a symbolic link that leads nowhere or out of the folder"),
    ]
    (tmp_path / "_synonyms.yaml").unlink()
    (tmp_path / "_synonyms.yaml").symlink_to(tmp_path / "nowhere")
    assert ("_synonyms.yaml", 1, "a symbolic link that leads nowhere or out of the folder") in told(tmp_path)


def test_a_word_file_may_be_a_link_within_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "a.md")
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "words").write_text("- [运费, 邮费]\n", encoding="utf-8")
    (tmp_path / "_synonyms.yaml").symlink_to(Path("..data") / "words")
    assert read_library(tmp_path).words.synonyms.groups == (("运费", "邮费"),)
