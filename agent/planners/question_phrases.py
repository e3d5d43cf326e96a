"""What people ask about an account, in five languages, on folded text: what everybody may see, and what is private."""

import re
from collections.abc import Sequence
from typing import Final

from agent.planners.phrases import any_of

# What the address book shows to every colleague, and whether somebody answers automatically, as any mail would tell.
_OFFICE: Final = any_of(
    (
        r"\boffices?\b|\b(?:where|location|located|building|site)\b|\bburo\b|\b(?:wo|standort|gebaude|sitzt)\b"
        r"|\bbureau\b",
        r"\bou (?:est|se trouve|travaille)\b|\boficina\b|\bdonde\b|\bsede\b|\bescritorio\b|\bonde\b",
    )
)
_DEPARTMENT: Final = any_of(
    (
        r"\bdepartments?\b|\bdept\b|\babteilung\w*|\bbereich\b|\bdepartement\b|\b(?:quel|dans quel) service\b"
        r"|\bdepartamento\b",
    )
)
_JOB: Final = any_of(
    (
        r"\bjob\b|\btitle\b|\bposition\b|\brole\b|\bwho is\b|\bwer ist\b|\bfunktion\b|\bstelle\b|\bberuf\b|\bposte\b",
        r"\bfonction\b|\bqui est\b|\bpuesto\b|\bcargo\b|\bquien es\b|\bquem e\b|\bfuncao\b",
    )
)
_MANAGER: Final = any_of(
    (
        r"\bmanagers?\b|\bboss\b|\breports? to\b|\bline manager\b|\bsupervisor\b|\bvorgesetzt\w*|\bchef\w*"
        r"|\bberichtet\b",
        r"\bresponsable\b|\bsuperieur\w*|\bjefe\b|\bjefa\b|\breporta\b|\bresponsavel\b|\bchefia?\b|\bgestor\w*",
    )
)
_ADDRESS: Final = any_of(
    (
        r"\be-?mail\b|\bmail ?address\b|\bmailadresse\b|\badresse\b|\bcourriel\b|\bcorreo\b|\bendereco\b|\bemail\b",
        r"\bdireccion de correo\b",
    )
)
_USER_NAME: Final = any_of(
    (
        r"\buser ?names?\b|\blogin name\b|\bupn\b|\bbenutzername\w*|\banmeldename\w*|\bnom d'utilisateur\b"
        r"|\bidentifiant\b",
        r"\bnombre de usuario\b|\bnome de utilizador\b|\bnome de usuario\b",
    )
)
_LICENCES: Final = any_of((r"\blicen[cs]es?\b|\blizenz\w*|\blicencias?\b|\blicencas?\b|\bsubscription\b",))
_AWAY: Final = any_of(
    (
        r"\b(?:away|out|off|on leave|on holiday|on vacation|back|in today|available|absent|around|in the office)\b",
        r"\b(?:weg|abwesend|im urlaub|verreist|im haus|zuruck|erreichbar)\b|\bist (?:\w+ ){1,4}da\b"
        r"|\b(?:absente?|en conges?"
        r"|de retour)\b|\best(?:-\w+)? la\b",
        r"\b(?:fuera|ausente|de vacaciones|disponible)\b|\b(?:fora|de ferias|disponivel)\b",
    )
)

# Somebody speaks of themselves.
OF_ONESELF: Final = any_of(
    (
        r"\b(?:i|i'm|i've|i'd|me|my|mine|we|us|our)\b|\b(?:ich|mir|mich|mein\w*|wir|uns|unser\w*)\b",
        r"\b(?:je|moi|mon|ma|mes|nous|notre|nos|ai-je|suis-je)\b|\b[jm]'\w",
        r"\b(?:yo|mi|mis|me|tengo|soy|estoy|nosotros|nuestr\w+|cambie|puedo)\b",
        r"\b(?:eu|meus?|minhas?|mim|tenho|sou|estou|nosso\w*|mudei|posso)\b",
    )
)

MY: Final = re.compile(r"\b(?:my|mine|mein\w*|mon|ma|mes|mis?|meus?|minhas?)\b")

# The order is that of an answer.
PUBLIC: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("job_title", _JOB),
    ("department", _DEPARTMENT),
    ("office", _OFFICE),
    ("manager", _MANAGER),
    ("address", _ADDRESS),
    ("licences", _LICENCES),
    ("away_now", _AWAY),
)

_PHONE: Final = any_of(
    (
        r"\b(?:tele)?phones?\b|\bmobile\b|\bcell\b|\bnumbers?\b|\bextension\b|\btelefon\w*|\bhandy\w*|\bnummer\b"
        r"|\bdurchwahl\b",
        r"\bportable\b|\bnumero\b|\bmovil\b|\btelefono\b|\btelemovel\b|\btelefone\b|\bcelular\b|\bwhatsapp\b",
    )
)
_SIGN_IN: Final = any_of(
    (
        r"\bsign(?:ed)?[- ]?ins?\b|\blog(?:ged)?[- ]?(?:ins?|on)\b|\blast (?:seen|active|login)\b|\bactivity\b"
        r"|\bip address\w*",
        r"\banmeld\w*|\bangemeldet\b|\beingeloggt\b|\bconnect\w*|\bconnexions?\b|\binici\w+ sesion\w*|\bconexion\w*"
        r"|\b(?:se )?conect\w*|\bligou-se\b|\b(?:loggt?|meldet)\w*\b.{0,40}\b(?:ein|an)\b",
        r"\biniciou sessao\b|\binicios? de sessao\b|\bentrou\b|\bse connect\w*",
    )
)
_METHODS: Final = any_of(
    (
        r"\bmfa\b|\b2fa\b|\bauthenticat\w*|\bauthentif\w*|\bautentica\w*|\bsign-in methods?\b"
        r"|\bpasskey\w*",
    )
)
_PASSWORD: Final = any_of(
    (
        r"\bpass ?words?\b|\bkennwort\w*|\bpasswort\w*|\bmots? de passe\b|\bmdp\b|\bcontrasena\b|\bclave\b"
        r"|\bsenha\b|\bpalavra[- ]passe\b",
    )
)
_STATE: Final = any_of(
    (
        r"\b(?:locked|blocked|disabled|enabled|active|deactivated|suspended|deleted|risk\w*|compromised)\b",
        r"\b(?:gesperrt|blockiert|deaktiviert|aktiv|geloscht|risiko)\b|\b(?:bloque|desactive|actif|supprime)e?\b",
        r"\b(?:bloquead[oa]|desactivad[oa]|activ[oa]|eliminad[oa]|desativad[oa]|ativ[oa])\b",
    )
)
_SYNCED: Final = any_of(
    (
        r"\bsync\w*|\bcloud[- ]only\b|\bon-?prem\w*|\bsynchronisi\w*|\bcloud\b|\bsincroniz\w*|\bnube\b"
        r"|\bnuvem\b",
    )
)
_GROUPS: Final = any_of(
    (
        r"\bgroups?\b|\bmember\w*|\bgruppen?\b|\bmitglied\w*|\bgroupes?\b|\bmembre\b|\bgrupos?\b|\bmiembro\b"
        r"|\bmembro\b|\broles?\b",
    )
)
_DEVICES: Final = any_of((r"\bdevices?\b|\blaptops?\b|\bgerate?\b|\bappareils?\b|\bdispositivos?\b|\bequipos?\b",))
_PERSONAL: Final = any_of(
    (
        r"\b(?:birthday|born|salary|earns?|home address|lives?|private|personal|sick|ill|pregnant|religion|married)\b",
        r"\b(?:geburtstag|gehalt|verdient|wohnt|privat\w*|krank|schwanger|verheiratet)\b",
        r"\b(?:anniversaire|salaire|gagne|habite|prive\w*|personnel\w*|malade|enceinte)\b",
        r"\b(?:cumpleanos|sueldo|gana|vive|privad[oa]|personal|enferm[oa]|aniversario|salario|ganha|mora|pessoal"
        r"|doente)\b",
    )
)

# What somebody may know of the own account, and IT of any; of others it is nobody's business.
PRIVATE: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("password_changed", _PASSWORD),
    ("last_sign_in", _SIGN_IN),
    ("methods", _METHODS),
    ("enabled", _STATE),
    ("synced", _SYNCED),
)
# Of these no look-up of ours tells, not even of oneself.
UNTOLD: Final[tuple[re.Pattern[str], ...]] = (_PHONE, _GROUPS, _DEVICES, _PERSONAL)
USER_NAME: Final = _USER_NAME


def facets_in(comparable: str, facets: Sequence[tuple[str, re.Pattern[str]]]) -> tuple[str, ...]:
    """Return the names of those `facets` that folded words ask about, in their order."""
    return tuple(name for name, pattern in facets if pattern.search(comparable))
