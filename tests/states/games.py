"""How many games a machine plays, and how long each of them is."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

SOAK_FACTOR = 5
UNHURRIED = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


def games(examples: int, steps: int) -> settings:
    """The settings of a machine that plays ``examples`` games of at most ``steps`` steps.

    ``make test`` plays the same games each time, so that it never fails by chance; with the
    profile ``soak`` there are many more, drawn from the seed that pytest prints.
    """
    soaking = settings.get_current_profile_name() == "soak"
    return settings(
        max_examples=examples * SOAK_FACTOR if soaking else examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not soaking,
        database=None,
        suppress_health_check=UNHURRIED,
    )


def until_refuted(examples: int, steps: int) -> settings:
    """Play until something is wrong; the shortest game that shows it is not looked for."""
    return settings(games(examples, steps), derandomize=True, phases=(Phase.generate,))
