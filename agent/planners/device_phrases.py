"""What words about devices say, in five languages: which kind of device, what is to become of it, and whose it is.

All patterns are matched on folded text (`wording.folded`). A phrase says what somebody may want, never what they may
have.
"""

import re
from collections.abc import Mapping
from typing import Final

from agent.planners.phrases import any_of
from agent.planners.wording import folded

_COMPUTER: Final = frozenset({"windows", "macos", "linux", "chromeos"})
_ANDROID: Final = frozenset({"android", "androidenterprise", "androidforwork"})
_PHONE: Final = frozenset({"ios"}) | _ANDROID

# What people call a device, and the operating systems that such a device may have, as Intune names them.
_KINDS: Final[tuple[tuple[re.Pattern[str], frozenset[str]], ...]] = (
    (re.compile(r"\bi-?pads?\b"), frozenset({"ipados"})),
    (re.compile(r"\bi-?phones?\b"), frozenset({"ios"})),
    (re.compile(r"\b(?:android|galaxy|pixel)\b"), _ANDROID),
    (re.compile(r"\b(?:mac|macs|mac ?book\w*|imac)\b"), frozenset({"macos"})),
    (re.compile(r"\b(?:surface|thinkpad|elitebook|windows)\b"), frozenset({"windows"})),
    (re.compile(r"\b(?:tablets?|tableta|tablette|tabletas)\b"), frozenset({"ipados"}) | _ANDROID),
    (
        re.compile(
            r"\b(?:\w*handys?|smart-?phones?|(?:cell ?|i)?phones?|mobiles?|mobile phone|\w*telefons?|\w*telefon"
            r"|telephones?"
            r"|movil\w*|telefonos?|telemove(?:l|is)|celular\w*|telefone)\b"
        ),
        _PHONE,
    ),
    # In French a "portable" is a laptop as well as a telephone.
    (
        re.compile(
            r"\b(?:lap ?tops?|note ?books?|\w*pcs?|computers?|desktops?|workstations?|(?:work )?machine|\w*rechner\w*"
            r"|\w*computer|ordinateurs?|ordis?|poste|ordenador\w*|portatil\w*|computador\w*|equipo)\b"
        ),
        _COMPUTER,
    ),
)

# A word that could be the name of a device: letters and digits, in at least two groups or with digits at its end.
_NAME = re.compile(r"(?=[\w.-]*\d)[a-z][\w.]*(?:-[\w.]+)+|[a-z]{2,}[a-z]*\d{2,}[\w-]*")
_TRIMMED: Final = " .,;:!?()[]{}<>\"'`\u00ab\u00bb\u201c\u201d\u201e\u2018\u2019"
# Nothing of this is in a device's name, and much of it is in a path or a query.
_FOREIGN = re.compile(r"[/\\%;&|=$#@*]|\.\.")
_NO_NAME = re.compile(
    r"(?:covid-?19|mfa-?\d|2fa|wi-?fi-?\d|inc-?\d+|req-?\d+|case-?\d+|ticket-?\d+|windows-?\d+|win1[01]|ios-?\d+"
    r"|e[135]|"
    r"office-?365|m365|o365|x?\d+-bit|kb\d+|ca-?\d+|v?\d[\d.]*)"
)

WIPE: Final = any_of(
    (
        r"\b(?:wip\w+|eras\w+|factory[- ]?reset|factory settings)\b|\b(?:delete|clear) (?:everything|all|the data)\b",
        r"\b(?:reset|remove|delet\w+) (?:it|all data|company data)\b|\b(?:retire|decommission|scrub)\w*\b",
        r"\b(?:wip(?:e|en|t)|losch\w*|loeschen|werkseinstellung\w*|werkszustand|zurucksetzen|ausmuster\w*)\b",
        r"\b(?:effac\w*|reinitialis\w*|supprim\w* (?:tout|les donnees)|configuration d'usine)\b",
        r"\b(?:borr\w*|formate\w*|estado de fabrica|restablec\w*|elimin\w* (?:todo|los datos))\b",
        r"\b(?:apag\w*|limp[ae]\w*|formata\w*|estado de fabrica|repor de fabrica|elimin\w* (?:tudo|os dados))\b",
    )
)
# Only what belongs to the company goes; what is private stays.
RETIRE: Final = any_of(
    (
        r"\bretir(?:e|ing)\b|\bdecommission\w*|\b(?:company|corporate|work) (?:data|profile|account)\b"
        r"|\bprivate\b|\bown phone\b",
        r"\bausser betrieb\b|\bau(?:ss|ß)er betrieb\b|\bausmuster\w*|\bfirmendaten\b|\barbeitsprofil\b|\bprivat\w*",
        r"\bhors service\b|\bdonnees (?:de l'entreprise|professionnelles)\b|\bprofil professionnel\b|\bprivee?\b",
        r"\bretir[ae]\w*|\bdad\w* de baja\b|\bdatos corporativos\b|\bperfil de trabajo\b|\bprivad[oa]\b",
        r"\bretirem?\w*|\babat\w*|\bdados da empresa\b|\bperfil de trabalho\b|\bprivad[oa]\b",
    )
)
WHY_NOT: Final = any_of(
    (
        r"\bwhy\b|\breason\b|\bnon-?compliant\b|\bnot compliant\b|\bwarum\b|\bwieso\b|\bgrund\b"
        r"|\bnicht (?:konform|kompatibel)\b",
        r"\bpourquoi\b|\bnon[- ]conforme\b|\bpor que\b|\bporque\b|\bno conforme\b|\bnao conforme\b",
    )
)
LOCAL_ADMIN: Final = any_of(
    (
        r"\blaps\b|\blocal admin\w*|\badmin(?:istrator)? password\b|\blokale\w* admin\w*|\badministrateur local\b",
        r"\badministrador local\b|\bcontrasena de administrador\b|\bsenha de administrador\b",
    )
)
_LOST: Final = any_of(
    (
        r"\b(?:lost|lose|stolen|stole|gone|missing|nicked|took|taken|left|dropped)\b|\b(?:can't|cannot) find\b",
        r"\b(?:verloren|gestohlen|geklaut|entwendet|weg|verschwunden|liegen|gefallen|finde)\b",
        r"\b(?:perdue?s?|volee?s?|disparue?s?|oubliee?s?|pris|tomber|retrouve)\b",
        r"\b(?:perdid[oa]|perdi|robad[oa]|robaron|desaparecid[oa]|encuentro|deje|cayo|llevaron|olvide)\b",
        r"\b(?:roubaram\w*|roubad[oa]|levaram|deixei|cair|desaparecid[oa]|encontro)\b",
    )
)
_DEVICE: Final = (
    r"(?:laptop|notebook|phone|device|pc|computer|machine|tablet|ipad|iphone|mac|surface|handy|gerat|rechner|portable"
    r"|ordinateur|telephone|poste|tablette|portatil|ordenador|movil|telefono|equipo|tableta|computador|telemovel"
    r"|telefone)"
)
_OUR_OWN: Final = (
    r"(?:la |l'|el |o |a |der |meiner |unserer )?(?:mine|mir|my|me|moi|mi|mim|work|firma|arbeit|societe"
    r"|entreprise|boite|travail"
    r"|service|fonction|bureau|compan\w+|empresa|trabajo|trabalho|oficina|servicio|servico|escritorio|casa"
    r"|maison|home)\b"
)
# Speech about somebody else's device. Whoever writes so never means their own.
THEIRS: Final = any_of(
    (
        rf"\b(?:his|her|their|sein|seine[mnrs]?|ihr|ihre[mnrs]?|deren|dessen|son|leur) (?:\w+ )?{_DEVICE}\b",
        rf"\b(?!it's|that's|what's|here's|there's|let's|today's)[a-z][\w.-]+'s (?:\w+ )?{_DEVICE}\b",
        rf"\b{_DEVICE} (?:of|belonging to|von|vom|del|de|du|d[ao]) (?!{_OUR_OWN})[a-z]",
        rf"\b{_DEVICE} d'(?!{_OUR_OWN})[a-z]",
    )
)
# Speech about one's own, which a name beside it does not change.
MINE: Final = re.compile(rf"\b(?:my|mein\w*|mon|ma|mi|meu|minha|unser\w*) (?:\w+[ -]){{0,3}}?\w*{_DEVICE}")
# A German name in the genitive has no mark, but a capital letter; on text as written.
_GENITIVE: Final = re.compile(
    r"\b(?!Windows|Teams|Bitlockers|Intunes)[A-Z\u00c4\u00d6\u00dc]\w*[^\W_eE]s "
    r"(?:Laptop|Notebook|Handy|Telefon|PC|Rechner|Ger\u00e4t|Tablet|iPad|iPhone|Mac|Surface|Computer)\b"
)


def is_somebody_elses(words: str) -> bool:
    """Whether a text, as written, speaks of the device of somebody else."""
    return THEIRS.search(folded(words)) is not None or _GENITIVE.search(words) is not None


def systems_in(comparable: str) -> frozenset[str]:
    """Return the operating systems that the kind of device named in folded words may have; empty when none is named.

    Of several kinds the first one that is named counts, and of two names for it the more special one.
    """
    named = [(match.start(), place) for place, (kind, _) in enumerate(_KINDS) if (match := kind.search(comparable))]
    if named:
        return _KINDS[min(named)[1]][1]
    return _COMPUTER | _PHONE if re.search(r"\bportables?\b", comparable) else frozenset()


def lost_part(words: str) -> str:
    """Return those parts of a text in which something is lost and a kind of device is named, or all of it."""
    parts = re.split(r"[,.;!?\n]+", words)
    lost = [one for one in parts if _LOST.search(folded(one)) and systems_in(folded(one))]
    return ", ".join(lost) or words


def device_words(words: str) -> tuple[str, ...]:
    """Return the words of a text that could be names of devices, as written, each once, with strange marks or not."""
    found = []
    for word in words.split():
        bare = word.strip(_TRIMMED)
        if _NAME.match(folded(bare)) and not _NO_NAME.fullmatch(folded(bare)):
            found.append(bare)
    return tuple(dict.fromkeys(found))


def is_plain_name(word: str) -> bool:
    """Whether a word has nothing but what a device's name can have: no path, no query, no letters of other scripts."""
    return _FOREIGN.search(word) is None and word.isascii()


SPOKEN_SYSTEMS: Final[Mapping[str, str]] = {"ios": "iOS", "ipados": "iPadOS", "macos": "macOS"}
