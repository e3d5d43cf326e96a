"""Whose role lets them make a change themselves: said for every action, by roles that there are."""

import pytest

from agent.actions import CATALOGUE
from agent.actions.able_roles import ABLE_ROLES
from simulator import roles

_ABOVE = {"Privileged Authentication Administrator", "Privileged Role Administrator", "Global Administrator"}


def test_every_action_of_the_catalogue_says_whose_role_is_enough_and_nothing_else_does() -> None:
    assert set(ABLE_ROLES) == set(CATALOGUE)


@pytest.mark.parametrize("action", sorted(ABLE_ROLES))
def test_its_roles_are_built_in_ones_and_a_global_administrator_can_always(action: str) -> None:
    able = ABLE_ROLES[action]
    for is_administrator in (False, True):
        names = able.names(is_administrator=is_administrator)
        assert names[-1] == "Global Administrator" and len(names) > 1 and len(set(names)) == len(names)
        assert able.ids(is_administrator=is_administrator) == {roles.TEMPLATE_IDS[name] for name in names}


@pytest.mark.parametrize("action", sorted(ABLE_ROLES))
def test_over_an_administrator_never_more_roles_are_enough_and_only_the_highest(action: str) -> None:
    able = ABLE_ROLES[action]
    if able.depends_on_target:
        assert set(able.over_administrators) <= _ABOVE
        assert able.ids(is_administrator=True) != able.ids(is_administrator=False)
    else:
        assert able.ids(is_administrator=True) == able.ids(is_administrator=False)


def test_what_changes_how_or_whether_somebody_signs_in_depends_on_who_that_is() -> None:
    free = {name for name, one in CATALOGUE.items() if one.opens_sign_in or one.code_from != "none"}
    # What is not done to an account that is there: a new one, a device's secrets, and a role, which is for the highest.
    free -= {"entra.user.create", "secret.bitlocker.read", "secret.laps.read"}
    assert free and all(ABLE_ROLES[name].depends_on_target for name in free), sorted(
        name for name in free if not ABLE_ROLES[name].depends_on_target
    )
