"""Which team a thing belongs to that is none of ours, or that no setting mends, in five languages, on folded text."""

import re
from collections.abc import Mapping
from typing import Final

from agent.planners.phrases import any_of

_HR: Final = any_of(
    (
        r"\b(?:pay ?slips?|payroll|salar\w+|wages?|overtime|bonus|pay rise|raise|vacation days|annual leave"
        r"|days off|holidays?)\b",
        r"\b(?:sick (?:note|leave|pay)|maternity|parental leave|contract|employment|certificate|harass\w*"
        r"|complain\w*|bull\w+)\b",
        r"\b(?:training course|job application|pension|working hours|time ?sheets?)\b",
        r"\b(?:gehalt\w*|lohn\w*|uberstunden|urlaubs?\w*|krank\w*|elternzeit|mutterschutz|arbeitsvertrag"
        r"|\w*bescheinigung"
        r"|beschwer\w*|mobbing|belastig\w*|rente|zeiterfassung|arbeitszeit\w*|weiterbildung|bewerbung\w*|pramie)\b",
        r"\b(?:paie|salaire\w*|heures supplementaires|conges?|arret maladie|maternite|contrat|attestation"
        r"|plaindre|plainte"
        r"|harcel\w*|retraite|augmentation|prime|candidature|rtt)\b",
        r"\b(?:nomina|sueldo|salario|horas extra\w*|vacaciones|baja (?:medica|laboral)|maternidad|contrato|certificado"
        r"|quej\w+|acoso|jubilacion|aumento|plus)\b",
        r"\b(?:vencimento|salario|horas extra\w*|ferias|baixa medica|maternidade|contrato|declaracao|queix\w+|assedio"
        r"|reforma|aumento|recibo)\b",
    )
)
_FACILITIES: Final = any_of(
    (
        r"\b(?:heating|heater|air ?con\w*|lamps?|lights?|bulb|toilets?|restroom|parking|car park|badge|door"
        r"|keys?|lock|window"
        r"|desk|chair|cleaning|kitchen|dishwasher|elevator|lift|leak\w*|water|canteen|room temperature|cold"
        r"|move office)\b",
        r"\b(?:heizung|klimaanlage|lampen?|licht|toilette\w*|wc|park\w+|ausweis|zutritt\w*|tur|schlussel|fenster"
        r"|stuhl|stuhle"
        r"|schreibtisch|reinigung|kuche|spulmaschine|aufzug|wasser|kantine|kalt|umzug)\b",
        r"\b(?:chauffage|climatisation|lampes?|lumiere|toilettes?|parking|stationnement|badge|porte|cles?"
        r"|fenetre|chaises?"
        r"|menage|cuisine|lave-vaisselle|ascenseur|fuite|eau|cantine|froid|demenagement)\b",
        r"\b(?:calefaccion|aire acondicionado|lamparas?|luz|bano|banos|aparcamiento|puerta|llaves?|ventana"
        r"|sillas?|limpieza"
        r"|cocina|lavavajillas|ascensor|fuga|agua|comedor|frio|mudanza|tarjeta de acceso)\b",
        r"\b(?:aquecimento|ar condicionado|lampadas?|luz|casa de banho|estacionamento|porta|chaves?|janela"
        r"|cadeiras?|limpeza"
        r"|cozinha|maquina de lavar|elevador|agua|cantina|frio|mudanca|cartao de acesso)\b",
    )
)
_PROCUREMENT: Final = any_of(
    (
        r"\b(?:order|buy|purchas\w+|procure\w*|invoice|supplier|quote|quotation|business cards?|flight|hotel"
        r"|train ticket)\b",
        r"\b(?:bestell\w*|kauf\w*|beschaff\w*|rechnung|angebot|lieferant\w*|visitenkarten?|flug|hotel|fahrkarte)\b",
        r"\b(?:command\w*|achet\w*|achat\w*|facture|devis|fournisseur|cartes? de visite|vol|hotel|billet)\b",
        r"\b(?:ped(?:id|ir|ido)\w*|compr\w+|adquir\w*|factura|presupuesto|proveedor|tarjetas? de visita|vuelo"
        r"|hotel|billete)\b",
        r"\b(?:encomend\w*|compr\w+|adquir\w*|fatura|orcamento|fornecedor|cartoes de visita|voo|hotel|bilhete)\b",
    )
)
# To have something made or bought comes before what it is made of: "order 20 chairs" is a purchase.
TEAMS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("procurement", _PROCUREMENT),
    ("hr", _HR),
    ("facilities", _FACILITIES),
)

# What one person carries or has on the desk; all else (networks, printers, rooms, outages) is for the service desk.
OWN_EQUIPMENT: Final = any_of(
    (
        r"\b(?:lap ?top|notebook|battery|charger|power supply|docking|dock|monitors?|screen|keyboard|mouse"
        r"|headset|webcam)\b",
        r"\b(?:akku|netzteil|ladegerat|dockingstation|bildschirm|monitore?|tastatur|maus|kopfhorer|kamera|laptop)\b",
        r"\b(?:batterie|chargeur|station d'accueil|ecrans?|clavier|souris|casque|webcam|ordinateur|portable)\b",
        r"\b(?:bateria|cargador|base|pantallas?|monitores|teclado|raton|cascos|auriculares|portatil|ordenador)\b",
        r"\b(?:carregador|ecra|monitores|teclado|rato|auscultadores|camara|portatil|computador)\b",
    )
)

#: Microsoft's services as people call them, and as Microsoft's own list of services names them.
SERVICES: Final[Mapping[str, str]] = {
    "teams": "Microsoft Teams",
    "outlook": "Exchange Online",
    "exchange": "Exchange Online",
    "mail": "Exchange Online",
    "sharepoint": "SharePoint Online",
    "onedrive": "OneDrive for Business",
    "intune": "Microsoft Intune",
    "entra": "Microsoft Entra",
    "copilot": "Microsoft Copilot (Microsoft 365)",
    "power bi": "Power BI",
    "planner": "Planner",
}
_TICKET: Final = any_of(
    (
        r"\b(?:ticket|request|case|approv\w+|inc-?\d+|req-?\d+)\b|\b(?:anfrage|vorgang|antrag|genehmig\w*|anliegen)\b",
        r"\b(?:demande|dossier|approuv\w+)\b|\b(?:solicitud|peticion|caso|aprob\w+)\b|\b(?:pedido|caso|aprovad\w+)\b",
        r"\b\w*(?:lizenzantrag|ticketnummer)\w*\b",
    )
)


OUTAGE: Final = any_of(
    (
        r"\b(?:outages?|incidents?|down|offline|disruption)\b|\b(?:storung\w*|ausfall\w*)\b|\b(?:panne|incident)\b",
        r"\b(?:averia|caid[oa]|incidencia)\b|\b(?:falha|em baixo|incidente|avaria)\b",
    )
)


def is_about_a_ticket(comparable: str) -> bool:
    """Whether folded words ask how far a request is, not how a service is."""
    return _TICKET.search(comparable) is not None


def services_in(comparable: str) -> tuple[str, ...]:
    """Return Microsoft's names of the services in folded words, each once."""
    named = (full for word, full in SERVICES.items() if re.search(rf"\b{word}\b", comparable))
    return tuple(dict.fromkeys(named))
