"""Noticing that a request is about somebody else's password, pass or phone.

A runbook acts on the requester's own account only, so missing a sign here never reaches another person's
account; it would only give the requester something that was not meant.
"""

import re
from collections.abc import Iterable

from agent.planners.wording import folded

_OWNED = (
    r"(?:pass ?words?|pwd|passwort|kennwort|mots? de passe|mdp|contrasena|clave|senha|palavra[- ]passe|account|login"
    r"|mfa"
    r"|sessions?|sitzung(?:en)?|sesion(?:es)?|sess(?:ao|oes)|authenticator|phone|konto|handy|compte|telephone"
    r"|portable|cuenta|movil|telefono|conta|telemovel|celular)"
)
_SECRET = r"(?:pass ?words?|pwd|passwort|kennwort|mots? de passe|mdp|contrasena|clave|senha|palavra[- ]passe|mfa|pass)"
_OWN = (
    r"(?:me|my|mine|myself|mich|mir|mein\w*|moi|mon|ma|mes|mi|mis|meu|minha|mim|the|das|die|den|dem|le|la|el|o"
    r"|(?:an?|one|un|une|una|uma) (?:\w+ )?(?:laptop|pc|computer|account|app|site|wi-?fi|konto|compte|cuenta|conta"
    r"|ordenador"
    r"|portatil|ordinateur|rechner)"
    r"|this|that|account|login|windows|office|outlook|teams|microsoft|laptop|pc|konto|compte|session|messagerie|cuenta"
    r"|correo|conta|email|e-mail|mail|sso|vpn|now|today|you|sie|vous|uns|us|our|ordenador|portatil|movil|ordinateur"
    r"|poste"
    r"|computer|computador|rechner|mac|telemovel|entrada|inicio|dominio|domain|sistema|system|systeme|trabajo|trabalho"
    r"|travail|work|arbeit|empresa)"
)

# Matched on folded text.
_SIGNS = (
    rf"\b(?:his|her|their|sein|seine[nmrs]?|ihr|ihre[nmrs]?|deren|dessen|son|sa|ses|leur|su|sus) (?:\w+ )?{_OWNED}\b",
    rf"\b{_OWNED} (?:dele|dela|deles|delas)\b",
    rf"\b{_SECRET} (?:of|for|von|fur|vom|de|du|del|da|do|para|pour) (?!{_OWN}\b)(?P<name1>[\w.@'-]{{1,60}})",
    rf"\b{_SECRET} (?:de |d')(?!{_OWN}\b)(?P<name2>[\w.@'-]{{1,60}})",
    rf"\b(?P<name3>(?!it|that|what|here|there|today|let)[\w.-]{{1,60}})'s (?:\w+ )?{_OWNED}\b",
    r"\b(?:my|our) (?:colleague|boss|manager|assistant|wife|husband|report|team ?mate|co-?worker|friend|intern)\b",
    r"\bmein\w* (?:kolleg|chef|mitarbeiter|vorgesetz|assisten)",
    r"\b(?:mon|ma) (?:collegue|chef|cheffe|assistante?|manager)\b",
    r"\bmi (?:companer|jef[ae]|colega)|\b(?:meu|minha) (?:colega|chefe|gestor)",
    rf"\breset (?!{_OWN}\b)(?P<name4>[a-z]+\.[a-z]+)\b",
)
_PATTERNS = tuple(re.compile(one) for one in _SIGNS)

# Matched on the text as written: a capitalised name that has, forgot or lost something.
_NAMED = re.compile(
    r"\b([A-Z\N{LATIN CAPITAL LETTER A WITH GRAVE}-\N{LATIN CAPITAL LETTER THORN}]\w+) "
    r"(?:has|is locked|forgot|lost|needs|hat|braucht|tiene|olvid\w+|necesita|tem|esqueceu|precisa|a perdu|a oubli\w+)\b"
)
_RESET_NAME = re.compile(r"\b[Rr]eset ([A-Z\N{LATIN CAPITAL LETTER A WITH GRAVE}-\N{LATIN CAPITAL LETTER THORN}]\w+)\b")
_NOT_NAMES = re.compile(
    r"(?:my|the|this|that|it|account|password|passwort|kennwort|mfa|pass|phone|authenticator|app|laptop|everyone|nobody"
    r"|i|he|she|they|er|sie|il|elle|mon|ma|mein|mi|meu|minha|request|please|who|what|microsoft|teams|outlook|windows"
    r"|and)"
)
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")


_CLAIMED = re.compile(
    r"(?:^|[.!?\n:,] ?|\b[Hh]i[,!]? |\b[Hh]ello[,!]? )(?i:this is|it'?s|it is|here is|hier ist|hier spricht|ici"
    r"|c'est|soy|habla|sou|sou [ao]"
    r"|daqui(?: fala)?|aqui (?:é|e|fala)|fala|aquí|i am|i'm|ich bin|je suis)(?: (?:a|o|la|el|die|der))? "
    r"([A-Z\N{LATIN CAPITAL LETTER A WITH GRAVE}-\N{LATIN CAPITAL LETTER THORN}][\w'-]+)(?=[ ,.!;\n]|$)"
)
_FROM_ANOTHER = re.compile(
    r"\b(?:from|on) (?P<name1>[\w.-]{1,60})'s? (?:account|console|session|laptop|computer|pc|phone|login)\b"
    r"|\b(?:vom|von dem|aus dem) (?:konto|rechner|account) (?:von|des|der) (?P<name2>[\w.-]{1,60})"
    r"|\b(?:depuis|du) (?:le )?(?:compte|poste|pc|session) (?:de |d')(?P<name3>[\w.-]{1,60})"
    r"|\bdesde (?:la |el )?(?:cuenta|consola|ordenador|sesion) (?:de|del) (?P<name4>[\w.-]{1,60})"
    r"|\b(?:da|na|a partir da) (?:conta|consola|sessao) (?:do|da|de) (?P<name5>[\w.-]{1,60})"
    r"|\b(?:on behalf of|acting for|in the name of|im auftrag von|im namen von|au nom de|de la part de|en nombre de"
    r"|em nome d[aoe]) (?P<name6>[\w.-]{1,60})"
)


def is_said_by_another(text: str, own_names: Iterable[str]) -> bool:
    """Whether somebody else than the requester seems to speak: "this is Ingrid", "from Joao's account".

    It proves nothing of who writes; but nobody's credentials are changed for somebody else.
    """
    own = {folded(one) for name in own_names for one in (name, *name.split())}
    own |= {one.partition("@")[0] for one in own}
    claimed = (folded(match.group(1)) for match in _CLAIMED.finditer(text))
    comparable = folded(text)
    return any(_is_other_name(name, own) for name in claimed) or any(
        _is_other(match, own | _SELF) for match in _FROM_ANOTHER.finditer(comparable)
    )


_SELF = frozenset(("my", "me", "mein", "meinem", "mon", "mi", "minha", "meu"))


def names_another(text: str, own_names: Iterable[str]) -> bool:
    """Whether `text` speaks of another person's credentials. `own_names` are the requester's, as Graph has them."""
    own = {folded(one) for name in own_names for one in (name, *name.split())}
    own |= {one.partition("@")[0] for one in own}
    comparable = folded(text)
    return (
        any(_is_other(match, own) for pattern in _PATTERNS for match in pattern.finditer(comparable))
        or any(_is_other_name(folded(match.group(1)), own) for match in _NAMED.finditer(text))
        or any(_is_other_name(folded(match.group(1)), own) for match in _RESET_NAME.finditer(text))
        or any(folded(match.group(0)) not in own for match in _ADDRESS.finditer(text))
    )


def _is_other(match: re.Match[str], own: set[str]) -> bool:
    names = [one.strip(".'-") for one in match.groupdict().values() if one]
    return not names or any(one not in own for one in names)


def _is_other_name(name: str, own: set[str]) -> bool:
    return name not in own and _NOT_NAMES.fullmatch(name) is None
