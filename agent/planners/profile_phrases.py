"""How people say what is to change in their profile: which attribute, and what it is to be.

Attributes are found in folded text (`wording.folded`); a value is read as it was written. What is not certainly read
is nothing, and is asked about.
"""

import re
from dataclasses import dataclass
from typing import Final

from agent.planners.wording import folded

# By attribute, on folded text. The first that is named is meant, so what is more exact stands first.
_ATTRIBUTES: Final = (
    (
        "mobilePhone",
        r"\bmobile\b|\bcell(?: ?phone)?\b|\bhandy\w*|\bmobil(?:nummer|telefon|funk\w*)?\b|\bportable\b|\bgsm\b"
        r"|\bmovil\b|\btelemovel\b|\bcelular\b",
    ),
    (
        "businessPhones",
        r"\b(?:desk|office|work|business|direct) (?:phone|number|line)\b|\blandline\b|\bextension\b|\bdurchwahl\b"
        r"|\bfestnetz\w*|\bburotelefon\w*|\b(?:telephone|ligne|numero) (?:fixe|directe?|de bureau)\b|\bposte \d"
        r"|\btelefono (?:fijo|de oficina|del? trabajo)\b|\bextension\b|\btelefone (?:fixo|do trabalho)\b|\bextensao\b"
        r"|\b(?:phone|telefon|telephone|telefono|telefone)(?:nummer|number)?\b",
    ),
    (
        "manager",
        r"\b(?:line )?manager\b|\bsupervisor\b|\bvorgesetzte\w*|\bresponsable\b|\bsuperieure?\b|\bjef[ea]\b"
        r"|\bgestora?\b|\bchef(?:e|fe|in)?\b|\bboss\b",
    ),
    (
        "jobTitle",
        r"\b(?:job )?title\b|\bjob\b|\bposition\b|\b(?:job)?titel\b|\bberufsbezeichnung\b|\bfunktion\b|\bintitule\b"
        r"|\bposte\b|\bfonction\b|\bcargo\b|\bpuesto\b|\bfuncao\b|\btitulo\b|\btitre\b|\brole\b",
    ),
    (
        "department",
        r"\bdepartment\b|\bdept\b|\babteilung\b|\bdepartement\b|\bservice\b|\bdepartamento\b",
    ),
    (
        "surname",
        r"\bsurname\b|\b(?:last|family|maiden) name\b|\bgot married\b|\bnachname\w*|\bgeheiratet\b|\bheisse jetzt\b"
        r"|\bnom de famille\b|\bmari[ee]e?\b|\bapellidos?\b|\bcasado\b|\bcasada\b|\bapelido\b|\bsobrenome\b|\bcasei\b",
    ),
    (
        "givenName",
        r"\b(?:first|given) name\b|\bvornam\w*|\bprenom\b|\bnombre\b|\b(?:primeiro )?nome\b",
    ),
    (
        "displayName",
        r"\bdisplay name\b|\bmy name\b|\bspell\w* of my\b|\banzeigename\w*|\bmein\w* name\w*|\bmon nom\b|\bmi nombre\b",
    ),
    (
        "preferredLanguage",
        r"\blanguage\b|\bsprache\b|\blangue\b|\bidioma\b|\blingua\b",
    ),
    (
        "officeLocation",
        r"\boffice\b|\bbuilding\b|\bworkplace\b|\blocation\b|\bsite\b|\bburo\w*|\bgebaude\b|\bstandort\b|\barbeitsort\b"
        r"|\bdienstort\b|\bbureau\b|\bbatiment\b|\blieu de travail\b|\boficina\b|\bedificio\b|\bsede\b"
        r"|\bcentro de trabajo\b|\bescritorio\b|\bgabinete\b|\blocal de trabalho\b|\blocalizacao\b|\bubicacion\b",
    ),
)
_COMPILED: Final = tuple((name, re.compile(pattern)) for name, pattern in _ATTRIBUTES)

# What stands before a value, on folded text; the last of them in the sentence counts.
_BEFORE: Final = re.compile(
    r"(?:\b(?:(?:is|are) now|should (?:now )?(?:be|say|read|show)|has to be|must be|instead of \S+ is|to|as|put|is)\b"
    r"|\b(?:ist (?:jetzt|nun|ab sofort)|lautet|soll (?:jetzt )?|auf|als|ist|jetzt|neu)\b"
    r"|\b(?:est (?:maintenant|desormais)|est|en|sur|comme|maintenant|indiquer|mettez|mettre)\b"
    r"|\b(?:(?:es|esta) (?:ahora)|ahora (?:es|estoy en)|es|a|por|como|en|poned|poner)\b"
    r"|\b(?:(?:e|esta) agora|agora (?:e|estou em)|para|e|como|ponham|por)\b|[:=]|->|\N{RIGHTWARDS ARROW})\s+"
)
_AFTER: Final = re.compile(
    r"\s*(?:[,;!?\n(\"]|\.(?:\s|$)|$|\b(?:please|pls|thanks|thank you|cheers|in (?:my|the) (?:profile|directory)"
    r"|from now|now|jetzt|maintenant|ahora|agora|with immediate|mit sofortiger|con efecto|com efeito|avec effet"
    r"|instead|can you|could you|bitte|danke|andern|setzen|eintragen|aktualisieren|umstellen|hinterlegen"
    r"|im profil|statt|merci|svp|s'il|dans (?:mon|l')|au lieu|por favor|gracias|en (?:mi|el) (?:perfil|directorio)"
    r"|en lugar|obrigad\w|no (?:meu )?perfil|na (?:minha )?ficha|em vez|as my|as the|als mein\w*|como (?:mi|meu))\b)"
)
_ARTICLE: Final = re.compile(r"^(?:the|der|die|das|den|dem|le|la|les|el|los|o|os|as)\s+", re.IGNORECASE)
_OPENING: Final = "\"'\u201c\u201e\u00ab"
_CLOSING: Final = "\"'\u201d\u201c\u00bb"
_QUOTED: Final = re.compile(rf"(?<!\w)[{_OPENING}]([^{_CLOSING}\n]{{2,80}}?)[{_CLOSING}](?:\s|[.,;!?]|$)")
_NUMBER: Final = re.compile(r"(?<![\w+])\+?\(?\d[\d ()./-]{1,28}\d(?!\w)")
_MOVED: Final = re.compile(
    r"\b(?:moved|relocated|transferred|based|sitting|sit|work(?:ing)?) (?:now )?(?:to|in|at|from|out of) (?:the |our )?"
    r"(?P<where>[^\n,.;!?]{2,60}?)(?: office)?(?: now)?(?=[\n,.;!?]|$| (?:since|from|last|next|this|on)\b)"
    r"|\b(?:sitze|arbeite|bin) (?:jetzt |nun |ab sofort )?(?:in|im|am) (?P<wo>[^\n,.;!?]{2,60}?)"
    r"(?= umgezogen|[\n,.;!?]|$)"
    r"|\b(?:travaille|suis) (?:maintenant |desormais )?(?:a|au) (?P<ou>[^\n,.;!?]{2,60}?)(?=[\n,.;!?]|$)"
    r"|\b(?:trabajo|estoy) (?:ahora )?en (?P<donde>[^\n,.;!?]{2,60}?)(?=[\n,.;!?]|$)"
    r"|\b(?:trabalho|estou) (?:agora )?(?:em|no|na) (?P<onde>[^\n,.;!?]{2,60}?)(?=[\n,.;!?]|$)"
)
_LANGUAGES: Final = {
    **dict.fromkeys(("english", "englisch", "anglais", "ingles"), "en"),
    **dict.fromkeys(("german", "deutsch", "allemand", "aleman", "alemao"), "de"),
    **dict.fromkeys(("french", "franzosisch", "francais", "frances"), "fr"),
    **dict.fromkeys(("spanish", "spanisch", "espagnol", "espanol", "castellano", "espanhol"), "es"),
    **dict.fromkeys(("portuguese", "portugiesisch", "portugais", "portugues"), "pt"),
    **dict.fromkeys(("italian", "italienisch", "italien", "italiano"), "it"),
    **dict.fromkeys(("dutch", "niederlandisch", "neerlandais", "holandes"), "nl"),
}
_LANGUAGE: Final = re.compile(rf"\b({'|'.join(sorted(_LANGUAGES))})\b")
_TAG: Final = re.compile(r"\b([a-z]{2})[-_]([A-Z]{2})\b")
#: Beyond this it is a story and no value.
MAX_VALUE_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """One attribute that is to change, as Graph names it; `value` is empty where it was not certainly said."""

    attribute: str
    value: str


#: What of a profile is HR's to say: groups, licences and approvals follow it.
OF_HR: Final = frozenset({"department", "jobTitle", "manager", "displayName", "surname", "givenName"})


def profile_wish(words: str) -> Wanted | None:
    """Return what of a profile these words want changed, or None where no attribute is named."""
    comparable = folded(words)
    found = next(((name, match) for name, one in _COMPILED if (match := one.search(comparable))), None)
    if found is None:
        moved = _moved(words, comparable)
        return Wanted("officeLocation", moved) if moved else None
    name, place = found
    if name in ("mobilePhone", "businessPhones"):
        return Wanted(name, _number(words))
    if name == "preferredLanguage":
        return Wanted(name, _language(words, comparable))
    moved = _moved(words, comparable) if name == "officeLocation" else ""
    return Wanted(name, moved or _value(words, comparable, after=place.end()))


def _number(words: str) -> str:
    """Return the one number, or the last of two: the old one is said first."""
    found = [one.group(0).strip() for one in _NUMBER.finditer(words)]
    found = [one for one in found if sum(char.isdigit() for char in one) >= 3]
    return found[-1] if 0 < len(found) <= 2 else ""


def _language(words: str, comparable: str) -> str:
    if tag := _TAG.search(words):
        return f"{tag[1]}-{tag[2]}"
    named = [_LANGUAGES[one.group(1)] for one in _LANGUAGE.finditer(comparable)]
    return named[-1] if named else ""


def _value(words: str, comparable: str, *, after: int) -> str:
    if quoted := _QUOTED.search(words):
        return quoted[1].strip()
    starts = [one.end() for one in _BEFORE.finditer(comparable)]
    behind = [one for one in starts if one >= after]
    for start in (*behind[:1], *starts[-1:]):
        end = _AFTER.search(comparable, start)
        value = _ARTICLE.sub("", words[start : end.start() if end else len(words)].strip())
        if 1 < len(value) <= MAX_VALUE_CHARS:
            return _as_name(value)
    return ""


def _moved(words: str, comparable: str) -> str:
    match = _MOVED.search(comparable)
    if match is None or match.lastgroup is None:
        return ""
    return _as_name(_ARTICLE.sub("", words[slice(*match.span(match.lastgroup))].strip()))


def _as_name(value: str) -> str:
    # Whoever types in small letters alone means the name that the others write with a capital one.
    return value.title() if value.islower() else value
