"""Entra's built-in directory roles by name, with the template ids that are the same in every tenant.

Source: Microsoft Entra documentation, "Microsoft Entra built-in roles". For a built-in role the role
definition's id is its template id; a role that is not in this list is taken for a custom one.
"""

from typing import Any

from simulator.ids import stable

GLOBAL_ADMINISTRATOR = "Global Administrator"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = "Privileged Authentication Administrator"
PRIVILEGED_ROLE_ADMINISTRATOR = "Privileged Role Administrator"
AUTHENTICATION_ADMINISTRATOR = "Authentication Administrator"
HELPDESK_ADMINISTRATOR = "Helpdesk Administrator"
PASSWORD_ADMINISTRATOR = "Password Administrator"
USER_ADMINISTRATOR = "User Administrator"
LICENSE_ADMINISTRATOR = "License Administrator"
GROUPS_ADMINISTRATOR = "Groups Administrator"
DIRECTORY_READERS = "Directory Readers"
DIRECTORY_WRITERS = "Directory Writers"
GUEST_INVITER = "Guest Inviter"
MESSAGE_CENTER_READER = "Message Center Reader"
REPORTS_READER = "Reports Reader"
USAGE_SUMMARY_REPORTS_READER = "Usage Summary Reports Reader"
GLOBAL_READER = "Global Reader"
SECURITY_ADMINISTRATOR = "Security Administrator"
SECURITY_OPERATOR = "Security Operator"
SECURITY_READER = "Security Reader"

TEMPLATE_IDS = {
    GLOBAL_ADMINISTRATOR: "62e90394-69f5-4237-9190-012177145e10",
    PRIVILEGED_ROLE_ADMINISTRATOR: "e8611ab8-c189-46e8-94e1-60213ab1f814",
    PRIVILEGED_AUTHENTICATION_ADMINISTRATOR: "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    AUTHENTICATION_ADMINISTRATOR: "c4e39bd9-1100-46d3-8c65-fb160da0071f",
    USER_ADMINISTRATOR: "fe930be7-5e62-47db-91af-98c3a49a38b1",
    HELPDESK_ADMINISTRATOR: "729827e3-9c14-49f7-bb1b-9608f156bbb8",
    PASSWORD_ADMINISTRATOR: "966707d0-3269-4727-9be2-8c3a10f19b9d",
    LICENSE_ADMINISTRATOR: "4d6ac14f-3453-41d0-bef9-a3e0c569773a",
    GROUPS_ADMINISTRATOR: "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    SECURITY_ADMINISTRATOR: "194ae4cb-b126-40b2-bd5b-6091b380977d",
    SECURITY_READER: "5d6b6bb7-de71-4623-b4af-96380a352509",
    SECURITY_OPERATOR: "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f",
    "Conditional Access Administrator": "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "Intune Administrator": "3a2c62db-5318-420d-8d74-23affee5d9d5",
    "Exchange Administrator": "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "SharePoint Administrator": "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",
    "Teams Administrator": "69091246-20e8-4a56-aa4d-066075b2a7a8",
    "Teams Communications Administrator": "baf37b3a-610e-45da-9e62-d9d1e5e8914b",
    "Teams Telephony Administrator": "aa38014f-0993-46e9-9b45-30501a20909d",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Cloud Device Administrator": "7698a772-787b-4ac8-901f-60d6b08affd2",
    "Billing Administrator": "b0f54661-2d74-4c50-afa3-1ec803f12efe",
    "Compliance Administrator": "17315797-102d-40b4-93e0-432062caca18",
    "Identity Governance Administrator": "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e",
    GLOBAL_READER: "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    REPORTS_READER: "4a5d8f65-41da-4de4-8968-e035b65339cf",
    DIRECTORY_READERS: "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    DIRECTORY_WRITERS: "9360feb5-f418-4baa-8175-e2a00bac4301",
    GUEST_INVITER: "95e79109-95c0-4d8e-aee3-d01accf2d47b",
    MESSAGE_CENTER_READER: "790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",
    USAGE_SUMMARY_REPORTS_READER: "75934031-6c7e-415a-99d7-48dbd49e875e",
}


def assignment_id(tenant_id: str, role_id: str, *, principal_id: str) -> str:
    """The id of the link between a role and a principal, which follows from the two as it does in the service."""
    return stable("role assignment", tenant_id, role_id, principal_id)


def definition(name: str) -> dict[str, Any]:
    """A role as Graph's `unifiedRoleDefinition`. Unknown names get an id derived from the name (a custom role)."""
    template = TEMPLATE_IDS.get(name, stable("role", name))
    return {
        "id": template,
        "description": f"Members of this role hold the rights of {name}.",
        "displayName": name,
        "isBuiltIn": name in TEMPLATE_IDS,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "rolePermissions": [],
        "templateId": template,
        "version": "1",
    }
