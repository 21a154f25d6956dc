"""Mistakes in settings: all at once, each with its place, what is wrong, and what was meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integration.settings import Settings, SettingsError

Mistakes = Callable[..., list[str]]


def test_all_mistakes_are_reported_at_once(mistakes: Mistakes, minimal: str) -> None:
    toml = minimal.replace('subdomain = "example"', 'subdomian = "Example"').replace(
        "token-of-the-shop-nl", "short"
    )
    found = mistakes(toml + "\n[wbe]\nport = 1\n", BRIDGE_RETENTION_DAYS="many")
    text = "\n".join(found)
    assert len(found) == 5, text
    assert "subdomian (" in text
    assert "did you mean subdomain?" in text
    assert "needs subdomain" in text
    assert "shops.nl.custom.token (" in text
    assert "retention_days (BRIDGE_RETENTION_DAYS): must be a whole number" in text
    assert "wbe (" in text
    assert "did you mean web?" in text


def test_a_misspelt_variable_is_refused_with_the_name_that_was_meant(
    mistakes: Mistakes, minimal: str
) -> None:
    (found,) = mistakes(minimal, BRIDGE_SHOPS__NL__STOCK_BUFER="3")
    assert found == (
        "shops.nl.stock_bufer (BRIDGE_SHOPS__NL__STOCK_BUFER): there is no such setting; "
        "did you mean stock_buffer?"
    )


def test_a_misspelt_setting_in_a_table_of_the_service_is_named_too(
    mistakes: Mistakes, minimal: str
) -> None:
    (found,) = mistakes(minimal, BRIDGE_CONSOLE__PASWORD="a-password")
    assert found.endswith("there is no such setting; did you mean password?")


@pytest.mark.parametrize(
    ("console", "said"),
    [
        ('password = "short"', "console.password"),
        ('viewer_password = "a-password-of-the-viewer"', "needs console.password too"),
        (
            'password = "long-enough"\nviewer_password = "long-enough"\nviewer_user = "admin"',
            "is the operator's name too: give the viewer another",
        ),
    ],
)
def test_passwords_of_the_console_that_protect_little_are_refused(
    mistakes: Mistakes, minimal: str, console: str, said: str
) -> None:
    (found,) = mistakes(f"{minimal}\n[console]\n{console}\n")
    assert said in found


def test_a_setting_below_one_that_is_no_table_is_refused(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(minimal, BRIDGE_RETENTION_DAYS__MANY_FILE="/nope")
    assert "retention_days (BRIDGE_RETENTION_DAYS__MANY_FILE): must be a whole number" in found


def test_a_folder_that_would_depend_on_where_a_process_starts_is_refused(
    mistakes: Mistakes, minimal: str
) -> None:
    (found,) = mistakes(minimal, BRIDGE_PULSE_FOLDER="var/pulse")
    assert found.startswith("pulse_folder (BRIDGE_PULSE_FOLDER): must be an absolute path")


def test_a_missing_setting_names_its_variable(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(minimal.replace('api_key = "key-of-the-account"', ""))
    assert found == (
        "picqer.main.api_key: is missing; it may also be set as BRIDGE_PICQER__MAIN__API_KEY"
    )


def test_an_unknown_connector_is_refused_with_the_one_that_was_meant(
    mistakes: Mistakes, minimal: str
) -> None:
    (found,) = mistakes(minimal.replace("[shops.nl.custom]", "[shops.nl.cutsom]"))
    assert "there is no such connector or setting; did you mean custom?" in found


def test_a_shop_without_a_connector_is_refused(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(minimal + '\n[shops.be]\nreference = "be-{number}"\n')
    assert found.startswith("shops.be (")
    assert "add a table [shops.be.custom]" in found


def test_the_connectors_own_settings_are_checked_by_its_model(
    mistakes: Mistakes, minimal: str
) -> None:
    (found,) = mistakes(minimal, BRIDGE_SHOPS__NL__CUSTOM__URL="http://shop.example.com")
    assert found.startswith("shops.nl.custom.url (BRIDGE_SHOPS__NL__CUSTOM__URL): must begin with")


def test_our_own_fields_of_a_shop_cannot_be_set(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(minimal + '[shops.nl]\nconnector = "custom"\n')
    assert "there is no such setting" in found


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("PUBLIC_URL", "http://bridge.example.com", "http:// is for this machine itself only"),
        ("PUBLIC_URL", "https://u:p@bridge.example.com", "must not carry a user name"),
        ("PUBLIC_URL", "bridge.example.com", "begins with https://"),
        ("PUBLIC_URL", "https://bridge.example.com/?a=b", "must end before"),
        ("PICQER__MAIN__SUBDOMAIN", "Example.picqer.com", "the part before .picqer.com"),
        ("PICQER__MAIN__CONTACT", "(me)\r\nX: y", "plain characters"),
        ("PICQER__MAIN__WEBHOOK_SECRET", "short", "at least 16 plain characters"),
        ("PICQER__MAIN__WEBHOOK_SECRET", "[]", "at least one secret"),
        ("PICQER__MAIN__WEBHOOK_SECRET", "[", "is not valid JSON"),
        ("PICQER__MAIN__TIME_ZONE", "Europe/Amsterdm", "IANA time zone"),
        ("PICQER__MAIN__CURRENCY", "euro", "three capitals"),
        ("PICQER__MAIN__API_KEY", " ", "must not be empty"),
        ("SHOPS__NL__PICQER", "mian", "there is no account 'mian'; did you mean main?"),
        ("SHOPS__NL__FLOWS", "create_oder", "must be 'create_product', 'create_order'"),
        ("SHOPS__NL__FLOWS", "[]", "at least one flow"),
        ("SHOPS__NL__REFERENCE", "{number", "is not a template"),
        ("SHOPS__NL__REFERENCE", "{nummer}", "{number}, {id} and {shop}"),
        ("SHOPS__NL__REFERENCE", "{number!r}", "{number}, {id} and {shop}"),
        ("SHOPS__NL__REFERENCE", "{shop}", "must hold {number} or {id}"),
        ("SHOPS__NL__ORDERS_SINCE", "2026-11-23T00:00:00", "must say its time zone"),
        ("SHOPS__NL__ORDER_DEFAULTS", '{"reference": "x"}', "the bridge fills that in itself"),
        ("SHOPS__NL__STOCK_BUFFER", "-1", "greater than or equal to 0"),
        ("SHOPS__NL__ON_CANCEL", "stop", "must be 'park' or 'cancel'"),
        ("SHOPS__NL__CUSTOMER_MAIL", "bridge", "needs mail.host and mail.sender"),
        ("SHOPS__NL__CUSTOM__SECRET", "whsec_short", "24 to 64 random bytes"),
        ("SHOPS__NL__CUSTOM__SECRET", "[", "is not valid JSON"),
        ("SHOPS__NL__CUSTOM__SECRET", "[]", "at least one secret"),
        ("ALARM__MAIL_TO", "ops@example.com", "needs mail.host and mail.sender"),
        ("ALARM__MAIL_TO", "nobody", "should match pattern"),
        ("ALARM__WEBHOOK_URL", "https://chat.example.com/x", "needs alarm.webhook_secret"),
        ("ALARM__WEBHOOK_SECRET", "whsec_short", "24 to 64 random bytes"),
        ("DATABASE_URL", "mysql://db/bridge", "must begin with sqlite:///"),
        ("REDIS_URL", "amqp://rabbit", "must begin with redis://"),
        ("SHOPS__NL2_X__STOCK_BUFFER", "1", "a name is lower-case letters and digits"),
    ],
)
def test_a_wrong_value_is_refused_with_what_would_be_right(
    mistakes: Mistakes, minimal: str, variable: str, value: str, what: str
) -> None:
    found = mistakes(minimal, **{f"BRIDGE_{variable}": value})
    assert any(what in each and f"BRIDGE_{variable}" in each for each in found), found


def test_two_ways_to_be_told_are_refused_and_one_is_taken(
    mistakes: Mistakes, load: Callable[..., Settings], minimal: str
) -> None:
    minimal += '\n[mail]\nhost = "smtp.example.com"\nsender = "a@example.com"\n'
    mail = {"BRIDGE_ALARM__MAIL_TO": "ops@example.com"}
    webhook = {
        "BRIDGE_ALARM__WEBHOOK_URL": "https://chat.example.com/x",
        "BRIDGE_ALARM__WEBHOOK_SECRET": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
    }
    (found,) = mistakes(minimal, **mail, **webhook)
    assert "keep one of the two" in found
    assert load(minimal, **mail).alarm.is_set
    assert load(minimal, **webhook).alarm.is_set
    assert not load(minimal).alarm.is_set


def test_a_mail_server_elsewhere_is_not_spoken_to_in_the_clear(
    mistakes: Mistakes, load: Callable[..., Settings], minimal: str
) -> None:
    mail = '\n[mail]\nsecurity = "none"\nsender = "a@example.com"\nhost = '
    (found,) = mistakes(minimal + mail + '"smtp.example.com"\n')
    assert "use starttls or tls" in found
    assert load(minimal + mail + '"127.0.0.1"\n').mail.host == "127.0.0.1"


def test_two_accounts_need_a_choice_per_shop(mistakes: Mistakes, minimal: str) -> None:
    second = minimal[minimal.index("[picqer") : minimal.index("[shops")].replace(
        "[picqer.main]", "[picqer.two]"
    )
    (found,) = mistakes(minimal + second)
    assert found == "shops.nl.picqer: must name one of the Picqer accounts: main, two"


def test_an_account_needs_an_address_for_the_door(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(minimal.replace("public_url", "# public_url"))
    assert found.startswith("public_url: is missing")


def test_a_subdomain_and_an_address_together_are_refused(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(minimal, BRIDGE_PICQER__MAIN__BASE_URL="https://x.example.com")
    assert "one of the two" in found


def test_a_secret_given_twice_is_refused(mistakes: Mistakes, minimal: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("key-from-a-file")
    (found,) = mistakes(
        minimal,
        BRIDGE_PICQER__MAIN__API_KEY="key",
        BRIDGE_PICQER__MAIN__API_KEY_FILE=str(tmp_path / "key"),
    )
    assert "keep one of the two" in found


@pytest.mark.parametrize(
    ("content", "what"),
    [(None, "No such file"), (b"", "is empty"), (b"\xff\xfe", "is not the name of a file with")],
)
def test_a_secret_file_that_cannot_be_used_is_one_mistake(
    mistakes: Mistakes, minimal: str, tmp_path: Path, content: bytes | None, what: str
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    (found,) = mistakes(minimal, BRIDGE_PICQER__MAIN__API_KEY_FILE=str(tmp_path / "key"))
    assert found.startswith("picqer.main.api_key_file (BRIDGE_PICQER__MAIN__API_KEY_FILE)")
    assert what in found


def test_only_secrets_may_be_files(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(minimal, BRIDGE_PICQER__MAIN__CURRENCY_FILE="/etc/hostname")
    assert "there is no such setting" in found


def test_a_variable_and_a_part_of_it_together_are_refused(mistakes: Mistakes, minimal: str) -> None:
    (found,) = mistakes(
        minimal,
        BRIDGE_SHOPS__NL__ORDER_DEFAULTS="{}",
        BRIDGE_SHOPS__NL__ORDER_DEFAULTS__IDTEMPLATE="3",
    )
    assert "already set as a whole by BRIDGE_SHOPS__NL__ORDER_DEFAULTS" in found


def test_a_file_that_is_no_toml_is_refused_with_its_line(mistakes: Mistakes) -> None:
    (found,) = mistakes("public_url = \n")
    assert "is not valid TOML" in found
    assert "line 1" in found


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read"):
        Settings.load({"BRIDGE_CONFIG": str(tmp_path / "absent.toml")})


def test_a_setting_where_a_table_belongs_is_refused(mistakes: Mistakes) -> None:
    found = mistakes("shops = 3\n[picqer]\nmain = 4\n")
    assert any(each.startswith("shops (") for each in found), found
    assert any(each.startswith("picqer.main (") for each in found), found


def test_no_mistake_repeats_a_secret(mistakes: Mistakes, minimal: str) -> None:
    found = mistakes(
        minimal,
        BRIDGE_SHOPS__NL__CUSTOM__SECRET="canary-1",
        BRIDGE_SHOPS__NL__CUSTOM__TOKEN="canary-2",
        BRIDGE_PICQER__MAIN__WEBHOOK_SECRET="canary-3",
        DATABASE_URL="canary-4",
    )
    assert len(found) == 4
    assert "canary" not in "".join(found)
