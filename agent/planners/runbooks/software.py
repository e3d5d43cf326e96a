"""Runbook: somebody wants a program on their device, or off it.

1. An open risk ends it. Rights to install things oneself, and taking something off, are for the endpoint team.
2. Find the one app of Intune that is named; without a name it is asked for. What Intune does not have is for the
   endpoint team too.
3. Find whom it is for, and the groups to which Intune gives the app.
4. Whoever is in one of them, or an app that everybody gets, needs no change: say where it is found.
5. Plan the membership of the app's group. On which terms the app is had, policy knows.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from agent.actions import parse_step
from agent.lookups.names import name_of
from agent.lookups.tenant import ALL
from agent.model.observation import Observation
from agent.planners.asks import Ask
from agent.planners.entities.changes import is_way_out
from agent.planners.entities.fitting import Candidate, Fit, Tier, best, fit_of
from agent.planners.entities.lexicon import is_common
from agent.planners.entities.words import Word, is_disguised, words_of
from agent.planners.runbooks.resolving import person_meant
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, answer, background, hand_over, lacking, plan_of
from agent.planners.wording import folded
from agent.ports import Proposal

App = Mapping[str, Any]

# Rights to install things oneself, in five languages. On folded text.
_OWN_RIGHTS: Final = re.compile(
    r"\b(?:local admin\w*|admin(?:istrator)? ?(?:rights|privileges|access|password)|(?:lokale\w* )?admin\w*rechte\w*"
    r"|lokale\w* admin\w*|droits? (?:d'?)?admin\w*|administrateur local|admin\w* local\w*"
    r"|(?:permisos|derechos|privilegios|direitos|permissoes) (?:de )?admin\w*)\b"
)
# What is written around the name of a program and is none. In the spelling of `words.keys_of`.
_AROUND_WORDS: Final = """
install installed installing installation installieren installiert installer installez instalar instala instalad
instalem instale instaladme instalador aufspielen spielen bereitstellen ausrollen deploy rollout download roll
computer pc laptop notebook rechner gerat device machine poste ordinateur portable ordi equipo ordenador portatil
computador maquina mac macbook windows version tool werkzeug herramienta ferramenta outil missing manque falta latest
program programs programm programme programmes programa programas app apps application applications anwendung
anwendungen aplicacion aplicaciones aplicacao aplicacoes software logiciel instalas instalais instales instalem-me
thing stuff great super nice chance sff svp stp plz pls asap
"""
_AROUND: Final = frozenset(_AROUND_WORDS.split())
# More groups for one app than this are an arrangement that only the endpoint team knows.
_MAX_GROUPS: Final = 5


def software(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    # (1)
    seen = yield background(requester)
    if problem := at_risk(*seen):
        return problem
    if _OWN_RIGHTS.search(folded(ask.words)):
        return hand_over("the request asks for rights to install things oneself", queue="endpoint")
    if is_way_out(ask.words) or "uninstal" in folded(ask.words) or "deinstal" in folded(ask.words):
        return hand_over("the request asks to take software off a device", queue="endpoint")
    # (2)
    (apps,) = yield (("intune.apps", ALL),)
    app = _app(apps, ask)
    if isinstance(app, Proposal):
        return app
    # (3)
    person = yield from person_meant(ask, requester)
    if isinstance(person, Proposal):
        return person
    (offers,) = yield (("intune.app.assignments", str(app["id"])),)
    if offers.state != "known":
        return hand_over("it could not be learned who gets the app", queue="endpoint")
    wanted = [one for one in offers.facts["assignments"] if one.get("intent") != "uninstall"]
    if any(one["target"] in ("all users", "all devices") for one in wanted):
        return _there_already(app, requester=requester, person=person)
    groups = tuple(dict.fromkeys(str(one["groupId"]) for one in wanted if one["target"] == "group"))
    return (yield from _joined(app, groups, requester=requester, person=person))


def _app(seen: Observation, ask: Ask) -> App | Proposal:
    """Return the one app that is meant, or the question or hand-over."""
    if seen.state != "known":
        return hand_over("the apps of Intune could not be looked up", queue="endpoint")
    for text in filter(None, (ask.thing, ask.words)):
        words = words_of(text)
        fits = [(one, fit_of(words, (str(one.get("displayName")),))) for one in seen.facts["apps"]]
        found = best([Candidate(one, fit) for one, fit in fits if fit is not None and _is_meant(fit, words)])
        if len(found) == 1:
            app: App = found[0].what
            return app
        if found:
            why = f"the program named in the request fits {len(found)} apps of Intune"
            return hand_over(why, queue="endpoint", missing=lacking("app", "several", said=ask.thing))
    if not any(map(_could_name, words_of(f"{ask.thing} {ask.words}"))):
        why = "the request does not say which program"
        return hand_over(why, queue="endpoint", missing=lacking("app", "missing"))
    return hand_over("Intune has no app of the name in the request", queue="endpoint")


def _is_meant(fit: Fit, words: Sequence[Word]) -> bool:
    """Whether a part of an app's name is all that is said of it: `Contoso Reader` is not the app `Contoso Writer`."""
    if fit.tier > Tier.PART:
        return True
    beside = [words[place] for place in (fit.first - 1, fit.last + 1) if 0 <= place < len(words)]
    return not any(map(_could_name, beside))


def _could_name(word: Word) -> bool:
    return (not is_common(word) and not word.keys & _AROUND) or is_disguised(word.text)


def _joined(app: App, groups: tuple[str, ...], *, requester: Person, person: Person) -> Inquiry:
    if not 0 < len(groups) <= _MAX_GROUPS:
        return hand_over(
            f"{len(groups)} groups get the app, so which one is to be joined is not told", queue="endpoint"
        )
    seen = yield (*(("group.get", one) for one in groups), *(("group.member", f"{one}/{person.id}") for one in groups))
    if any(one.state != "known" for one in seen):
        return hand_over("it could not be learned who gets the app", queue="endpoint")
    # (4)
    if any(one.facts["is_member"] for one in seen[len(groups) :]):
        return _there_already(app, requester=requester, person=person)
    open_ones = [one.facts for one in seen[: len(groups)] if "DynamicMembership" not in one.facts["groupTypes"]]
    if len(open_ones) != 1:
        return hand_over(f"{len(open_ones)} groups could be joined to get the app, and not one", queue="endpoint")
    # (5)
    (group,) = open_ones
    names = {"group_name": name_of(group), "user_name": person.name}
    step = parse_step("entra.group.member.add", {"group_id": group["id"], "user_id": person.id, **names})
    return plan_of("the request asks for software that comes with a group", (step,))


def _there_already(app: App, *, requester: Person, person: Person) -> Proposal:
    if person.id != requester.id:
        return hand_over("nothing would change, and what others have is not told to the requester", queue="endpoint")
    text = f"{name_of(app)} is already available to you: install it from the Company Portal. Nothing was changed."
    return answer("the requester gets the app already", text)
