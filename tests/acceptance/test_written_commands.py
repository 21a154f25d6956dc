"""Every command in the documentation, as it is written, on a live installation beside sandboxes.

Each block is typed into bash as a whole, in a folder like the one people are in. Examples in it
(order 1042, job 17, addresses, passwords) become those of the installation, and nothing else is
changed. What cannot run here is listed with its reason; tests/contract/documentation has its
syntax, options and targets checked too.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
import requests

from integration.embedded_broker import find_free_port
from integration.sandbox.shop.orders import OrderedLine
from tests.acceptance.installation import SHOP, TOKEN, Installation, Ware, until
from tests.acceptance.processes import LOADED
from tests.written_commands import MAKE, ROOT, Block, blocks
from workers.children import Child, Command

pytestmark = pytest.mark.process

LOGIN = ("admin", "a-password-of-flower")
EMAIL = "a@example.org"
COUNT = count(1)
BLOCK_SECONDS = 60.0
NOT_HERE = {
    "docker": "there is no container engine; test_compose and test_image judge what it is given",
    "kubectl": "there is no cluster; test_kubernetes judges the manifests",
    "ssh": "there is no other machine",
    "systemctl": "it would change this machine; test_systemd_units judges the units",
}
"""A block with one of these is not typed, and why."""
STAYS = {
    "make": "each target is asked for what it would do, below; make run is the demo day",
    "picqer-bridge run": "it stays until Ctrl-C, and is running: test_demo_day, test_flower_retry",
}
"""Lines that are left out of the block they stand in, and why."""
ENDS_WITH = {
    "picqer-bridge doctor": (1, "a sandbox without https is told as a problem"),
    "picqer-bridge config": (2, "the example names the secrets that are still to be replaced"),
    "picqer-bridge golive": (2, "nobody is there to type the shop's name: test_golive_command"),
    "picqer-bridge alarm test": (1, "nobody is to be told here; test_alarms tells somebody"),
    "curl": (22, "the page shows a question for an order that does not exist"),
}
"""Commands that may end with another code than 0, and why; with which pages is checked below."""
MAY_FAIL = {
    "README.md": {"picqer-bridge config"},
    "docs/how-to/be-told.md": {"picqer-bridge alarm test"},
    "docs/how-to/connect-a-custom-shop.md": {"curl"},
    "docs/how-to/connect-a-woocommerce-shop.md": {"picqer-bridge doctor"},
    "docs/how-to/go-live.md": {"picqer-bridge doctor", "picqer-bridge golive"},
    "docs/how-to/rotate-a-key.md": {"picqer-bridge doctor"},
    "docs/how-to/upgrade.md": {"picqer-bridge doctor"},
}
NOTE_FAILURES = "set -E; trap 'echo \"$? $BASH_COMMAND\" >> failures' ERR\n"
WORDS_OF_SHELL = re.compile(r"^(?:\w+=\S+ +)*(?:\.venv/bin/)?(?P<program>[\w-]+)(?P<rest>.*)$")


def programs(block: Block) -> set[str]:
    parts = (part for line in block.lines() for part in re.split(r" (?:&&|\|) ", line))
    return {match["program"] for part in parts if (match := WORDS_OF_SHELL.match(part))}


HERE = [block for block in blocks("sh") if not programs(block) & set(NOT_HERE)]


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A small shop with Flower beside it."""
    set_besides = {"FLOWER_BASIC_AUTH": ":".join(LOGIN), "FLOWER_PORT": str(find_free_port())}
    folder = tmp_path_factory.mktemp("documented")
    wares = (Ware("MUG-BLUE", "Blue mug", 40),)
    with Installation(folder, wares=wares, environment=set_besides) as started:
        started.wait_until_settled()
        flower = Child(
            Command("flower", ["/bin/sh", "-c", started._line("flower")]),
            started._environment(),
            folder / "flower.log",
        )
        flower.start()
        try:
            address = f"http://127.0.0.1:{set_besides['FLOWER_PORT']}"
            until(lambda: answers(f"{address}/healthcheck"), 60.0, "Flower answers")
            yield started
        finally:
            flower.ask_to_stop()
            if not flower.wait(15.0):
                flower.kill()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def parked_order(installation: Installation) -> str:
    """A new order that waits for a person: its product has no SKU. Its id is its number."""
    line = OrderedLine(sku=None, quantity=1, unit_price_net=Decimal("8.22"))
    number = installation.shop.place_order([line])
    until(
        lambda: f"order {number} " in " ".join(installation.oracle.parked().values()).lower(),
        60.0,
        f"order {number} waits for a person",
    )
    return number


def shipped_to_a_customer(installation: Installation) -> str:
    """The address of somebody with an account whose order is at Picqer."""
    email = f"a{next(COUNT)}@example.org"
    customer = installation.shop.add_customer("A. Jansen", email)
    number = installation.shop.place_order([("MUG-BLUE", 1)], customer=customer)
    until(lambda: installation.oracle.is_done("create_order", SHOP, number), 60.0, "it is there")
    return email


def filled(text: str, installation: Installation) -> str:
    """The block with this installation's things in place of the examples."""
    number = parked_order(installation)
    job = installation.oracle.job_id("create_order", SHOP, number)
    flower = installation._set_besides["FLOWER_PORT"]
    if EMAIL in text:
        text = text.replace(EMAIL, shipped_to_a_customer(installation))
    things = {
        r"\b(?:1042|1007|1001)\b": number,
        r"\b17\b": str(job),
        r"admin:PASSWORD": ":".join(LOGIN),
        r"127\.0\.0\.1:8000": f"127.0.0.1:{installation.port}",
        r"127\.0\.0\.1:8001": f"127.0.0.1:{installation._console_port}",
        r"127\.0\.0\.1:5555": f"127.0.0.1:{flower}",
        r"https://bridge\.example\.com": installation.door,
        r"https://shop\.example\.com/bridge": installation.shop.url,
        r"(?m)^TOKEN=\.\.\.": f"TOKEN={TOKEN.get_secret_value()}",
        r"(?m)^SECRET=whsec_\.\.\.": f"SECRET={installation.shop.secret.get_secret_value()}",
    }
    for example, real in things.items():
        text = re.sub(example, real, text)
    return text


def without_what_stays(text: str) -> str:
    stays = re.compile(rf"^(?:\w+=\S+ +)?(?:{'|'.join(map(re.escape, STAYS))})\b.*$", re.MULTILINE)
    return stays.sub("", text)


@pytest.fixture
def here(tmp_path: Path, documented: Installation) -> Path:
    """A folder like a clone with its settings: both of the real one, and those of the demo."""
    shutil.copy(ROOT / "bridge.example.toml", tmp_path)
    for name in (tmp_path / "bridge.toml", tmp_path / "var" / "demo" / "bridge.toml"):
        name.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(documented.folder / "bridge.toml", name)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    # An answer of 400 or more is a failure of curl.
    (tmp_path / ".curlrc").write_text("fail-with-body\n")
    return tmp_path


def typed(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Bash given this text, by somebody in ``folder``; what failed is in the file ``failures``."""
    foreign = ("BRIDGE_", "REDIS_URL", "DATABASE_URL", "SENTRY_DSN", "FLOWER_", "COVERAGE_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", NOTE_FAILURES + text],
        cwd=folder,
        env={**environment, "PATH": path, "CURL_HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=LOADED * BLOCK_SECONDS,
    )


def failures(folder: Path) -> list[tuple[int, str]]:
    file = folder / "failures"
    lines = file.read_text().splitlines() if file.exists() else []
    pairs = (line.split(" ", 1) for line in lines if line[:1].isdigit())
    return [(int(code), words.removeprefix(".venv/bin/")) for code, words in pairs]


def unexpected(block: Block, folder: Path) -> list[str]:
    """The commands of the block that failed and were not expected to."""
    allowed = {name: ENDS_WITH[name][0] for name in MAY_FAIL.get(block.page, ())}
    found = []
    for code, words in failures(folder):
        if not any(words.startswith(name) and code == ends for name, ends in allowed.items()):
            found.append(f"{code}: {words}")
    return found


@pytest.mark.parametrize("block", HERE, ids=str)
def test_the_block_does_what_it_is_written_for(
    documented: Installation, here: Path, block: Block
) -> None:
    text = without_what_stays(block.text)
    if not text.strip():
        return
    result = typed(filled(text, documented), here)
    if "picqer-bridge pause" in text:
        documented.command("resume", "--shop", SHOP)
    assert unexpected(block, here) == [], result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_a_command_that_fails_is_noticed(here: Path) -> None:
    block = Block("some-page.md", 1, "picqer-bridge jobs show 999999\ntrue\n")
    typed(block.text, here)
    assert unexpected(block, here) == ["1: picqer-bridge jobs show 999999"]


def test_the_session_with_curl_is_answered_as_the_page_says(
    documented: Installation, here: Path
) -> None:
    [block] = [each for each in HERE if "bridge() {" in each.text]
    said = re.findall(r"^bridge .*?(?:# (\d+).*)?$", block.text, re.MULTILINE)
    result = typed(filled(block.text, documented), here)
    codes = re.findall(r"^(\d{3})$", result.stdout, re.MULTILINE)
    assert codes == [code or "200" for code in said]


@pytest.mark.parametrize(
    "line",
    sorted({line for block in blocks("sh") for line in block.lines() if MAKE.fullmatch(line)}),
)
def test_make_knows_what_to_do(line: str) -> None:
    words = shlex.split(line[line.index("make ") :])
    asked = subprocess.run(
        [*words, "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.strip()


def test_every_exception_is_of_use() -> None:
    """A reason without a command it is for is a reason nobody needs."""
    named = {program for block in blocks("sh") for program in programs(block)}
    assert set(NOT_HERE) <= named
    assert {name for names in MAY_FAIL.values() for name in names} == set(ENDS_WITH)
