"""Answers about people: what the address book shows of everybody, and what somebody may know of the own account."""

from collections.abc import Mapping
from typing import Final

from agent.model.service_request import Language

ABOUT_PEOPLE: Final[Mapping[str, Mapping[Language, str]]] = {
    "fact": {
        "en": "{label}: {value}",
        "de": "{label}: {value}",
        "fr": "{label} : {value}",
        "es": "{label}: {value}",
        "pt": "{label}: {value}",
    },
    "about_you": {
        "en": "Your account",
        "de": "Ihr Konto",
        "fr": "Votre compte",
        "es": "Su cuenta",
        "pt": "A sua conta",
    },
    "not_entered": {
        "en": "not entered",
        "de": "nicht eingetragen",
        "fr": "non renseigné",
        "es": "sin indicar",
        "pt": "não indicado",
    },
    "office": {"en": "office", "de": "Büro", "fr": "bureau", "es": "oficina", "pt": "escritório"},
    "department": {"en": "department", "de": "Abteilung", "fr": "service", "es": "departamento", "pt": "departamento"},
    "job_title": {"en": "job title", "de": "Position", "fr": "poste", "es": "puesto", "pt": "cargo"},
    "address": {
        "en": "e-mail address",
        "de": "E-Mail-Adresse",
        "fr": "adresse e-mail",
        "es": "correo electrónico",
        "pt": "endereço de email",
    },
    "user_name": {
        "en": "user name",
        "de": "Benutzername",
        "fr": "nom d'utilisateur",
        "es": "nombre de usuario",
        "pt": "nome de utilizador",
    },
    "manager": {"en": "manager", "de": "Vorgesetzte Person", "fr": "responsable", "es": "responsable", "pt": "chefia"},
    "licences": {"en": "licences", "de": "Lizenzen", "fr": "licences", "es": "licencias", "pt": "licenças"},
    "away_now": {
        "en": "automatic reply on",
        "de": "automatische Antwort eingeschaltet",
        "fr": "réponse automatique activée",
        "es": "respuesta automática activada",
        "pt": "resposta automática ativa",
    },
    "password_changed": {
        "en": "password last changed",
        "de": "Kennwort zuletzt geändert",
        "fr": "dernier changement de mot de passe",
        "es": "último cambio de contraseña",
        "pt": "última mudança da palavra-passe",
    },
    "synced": {
        "en": "managed on-premises",
        "de": "lokal verwaltet",
        "fr": "géré sur site",
        "es": "gestionada en local",
        "pt": "gerida localmente",
    },
    "methods": {
        "en": "sign-in methods",
        "de": "Anmeldemethoden",
        "fr": "méthodes de connexion",
        "es": "métodos de inicio de sesión",
        "pt": "métodos de início de sessão",
    },
    "enabled": {
        "en": "account enabled",
        "de": "Konto aktiv",
        "fr": "compte actif",
        "es": "cuenta activa",
        "pt": "conta ativa",
    },
    "last_sign_in": {
        "en": "last sign-in",
        "de": "letzte Anmeldung",
        "fr": "dernière connexion",
        "es": "último inicio de sesión",
        "pt": "último início de sessão",
    },
    "yes": {"en": "yes", "de": "ja", "fr": "oui", "es": "sí", "pt": "sim"},
    "no": {"en": "no", "de": "nein", "fr": "non", "es": "no", "pt": "não"},
    "none": {"en": "none", "de": "keine", "fr": "aucune", "es": "ninguna", "pt": "nenhuma"},
    "groups": {"en": "Groups", "de": "Gruppen", "fr": "Groupes", "es": "Grupos", "pt": "Grupos"},
    "owners": {"en": "owners", "de": "Besitzer", "fr": "propriétaires", "es": "propietarios", "pt": "proprietários"},
    "members": {"en": "members", "de": "Mitglieder", "fr": "membres", "es": "miembros", "pt": "membros"},
    "is_member": {
        "en": "Are you a member?",
        "de": "Sind Sie Mitglied?",
        "fr": "Êtes-vous membre ?",
        "es": "¿Es usted miembro?",
        "pt": "É membro?",
    },
    "and_more": {
        "en": " and {count} more",
        "de": " und {count} weitere",
        "fr": " et {count} de plus",
        "es": " y {count} más",
        "pt": " e mais {count}",
    },
}
