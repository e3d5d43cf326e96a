"""How a case ended, in the words of its requester: five languages, nothing about anybody else.

What was done is named by the titles of the catalogue, and a reason by whoever gave it: both are English everywhere.
"""

from collections.abc import Mapping
from typing import Final

from agent.model.service_request import Language

#: By the names under which `agent.phrasebook.phrase` finds them.
OUTCOME_PHRASES: Final[Mapping[str, Mapping[Language, str]]] = {
    "wish": {
        "en": "About wish {part} of {parts}: {text}",
        "de": "Zu Anliegen {part} von {parts}: {text}",
        "fr": "Sur la demande {part} de {parts} : {text}",
        "es": "Sobre la petición {part} de {parts}: {text}",
        "pt": "Sobre o pedido {part} de {parts}: {text}",
    },
    "done": {
        "en": "Done and checked: {done}.",
        "de": "Erledigt und geprüft: {done}.",
        "fr": "C'est fait et vérifié : {done}.",
        "es": "Hecho y comprobado: {done}.",
        "pt": "Feito e verificado: {done}.",
    },
    "done_and_handed_on": {
        "en": "Done and checked: {done}. {team} goes on from here and has your request.",
        "de": "Erledigt und geprüft: {done}. Jetzt geht es bei {team} weiter; Ihre Anfrage liegt dort.",
        "fr": "C'est fait et vérifié : {done}. La suite est entre les mains de {team}, qui a votre demande.",
        "es": "Hecho y comprobado: {done}. Ahora continúa {team}, que tiene su solicitud.",
        "pt": "Feito e verificado: {done}. A partir daqui continua {team}, que tem o seu pedido.",
    },
    "refused": {
        "en": "I am sorry, but this request was not carried out. Reason: {why}.",
        "de": "Diese Anfrage konnte leider nicht ausgeführt werden. Grund: {why}.",
        "fr": "Désolé, cette demande n'a pas été exécutée. Motif : {why}.",
        "es": "Lo siento, esta solicitud no se ha llevado a cabo. Motivo: {why}.",
        "pt": "Lamento, este pedido não foi executado. Motivo: {why}.",
    },
    "refused_by_policy": {
        "en": "I am sorry, but this request was not carried out. {why}",
        "de": "Diese Anfrage konnte leider nicht ausgeführt werden. {why}",
        "fr": "Désolé, cette demande n'a pas été exécutée. {why}",
        "es": "Lo siento, esta solicitud no se ha llevado a cabo. {why}",
        "pt": "Lamento, este pedido não foi executado. {why}",
    },
    "team_heard": {
        "en": " {team} has been told and can help you further.",
        "de": " Benachrichtigt ist: {team}. Dort hilft man Ihnen weiter.",
        "fr": " L'équipe suivante est prévenue et pourra vous aider : {team}.",
        "es": " Se ha avisado a {team}, que podrá ayudarle.",
        "pt": " Foi avisada a equipa seguinte, que o pode ajudar: {team}.",
    },
    "rolled_back": {
        "en": "This could not be completed and everything was put back as it was. {team} has your request.",
        "de": "Das ließ sich nicht abschließen, und alles ist wieder, wie es war. Ihre Anfrage liegt jetzt bei {team}.",
        "fr": "Cela n'a pas pu être mené à bien et tout a été remis comme avant. Votre demande est chez {team}.",
        "es": "No se pudo completar y todo volvió a quedar como estaba. Su solicitud la tiene {team}.",
        "pt": "Não foi possível concluir e tudo ficou como estava. O seu pedido está com {team}.",
    },
    "handed_over": {
        "en": "This needs a person. {team} has your request with everything that was found.",
        "de": "Hier braucht es einen Menschen. Ihre Anfrage liegt bei {team}, mit allem, was gefunden wurde.",
        "fr": "Il faut ici une personne. Votre demande est chez {team}, avec tout ce qui a été trouvé.",
        "es": "Esto necesita a una persona. Su solicitud la tiene {team}, con todo lo que se encontró.",
        "pt": "Isto precisa de uma pessoa. O seu pedido está com {team}, com tudo o que foi encontrado.",
    },
}

_SERVICE_DESK: Final[Mapping[Language, str]] = {
    "en": "The service desk",
    "de": "Service-Desk",
    "fr": "l'assistance informatique",
    "es": "el centro de asistencia",
    "pt": "o centro de assistência",
}
#: What people call the teams of `agent.model.handoff.QUEUES`.
TEAMS: Final[Mapping[str, Mapping[Language, str]]] = {
    "service-desk-l2": _SERVICE_DESK,
    "identity": {
        "en": "The identity team",
        "de": "Team Benutzerkonten",
        "fr": "l'équipe des comptes",
        "es": "el equipo de cuentas",
        "pt": "a equipa das contas",
    },
    "security": {
        "en": "The security team",
        "de": "Team Sicherheit",
        "fr": "l'équipe de sécurité",
        "es": "el equipo de seguridad",
        "pt": "a equipa de segurança",
    },
    "endpoint": {
        "en": "The device team",
        "de": "Team Geräte",
        "fr": "l'équipe des appareils",
        "es": "el equipo de dispositivos",
        "pt": "a equipa dos dispositivos",
    },
    "exchange": {
        "en": "The mail team",
        "de": "Team E-Mail",
        "fr": "l'équipe de messagerie",
        "es": "el equipo de correo",
        "pt": "a equipa do correio",
    },
    "hr": {
        "en": "The HR team",
        "de": "Personalabteilung",
        "fr": "l'équipe des ressources humaines",
        "es": "el equipo de recursos humanos",
        "pt": "a equipa de recursos humanos",
    },
    "facilities": {
        "en": "The facilities team",
        "de": "Gebäudeverwaltung",
        "fr": "l'équipe des services généraux",
        "es": "el equipo de instalaciones",
        "pt": "a equipa das instalações",
    },
    "legal": {
        "en": "The legal team",
        "de": "Rechtsabteilung",
        "fr": "l'équipe juridique",
        "es": "el equipo jurídico",
        "pt": "a equipa jurídica",
    },
    "procurement": {
        "en": "The purchasing team",
        "de": "Einkauf",
        "fr": "l'équipe des achats",
        "es": "el equipo de compras",
        "pt": "a equipa de compras",
    },
}


def team_name(queue: str, language: Language) -> str:
    """Return what people call a team; whatever is none of ours is the service desk."""
    return TEAMS.get(queue, _SERVICE_DESK)[language]
