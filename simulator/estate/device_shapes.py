"""How devices and apps look as Graph's own resources, before a tenant file says what is special about them.

Source: the published metadata of Graph v1.0; every property that may not be null has a value here.
"""

import re

from simulator.directory import Resource
from simulator.shapes import CREATED_AT

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NEVER = "0001-01-01T00:00:00Z"


def is_guid(text: str) -> bool:
    """Whether `text` is a GUID in 36 characters."""
    return _GUID.fullmatch(text) is not None


def managed_device(device_id: str, user: Resource | None) -> Resource:
    """A device as Intune's `managedDevice`; without a user its user's properties are empty texts."""
    return {
        "id": device_id,
        "azureADRegistered": True,
        "complianceGracePeriodExpirationDateTime": "9999-12-31T23:59:59Z",
        "deviceActionResults": [],
        "deviceCategoryDisplayName": "Unknown",
        "deviceEnrollmentType": "windowsAzureADJoin",
        "deviceRegistrationState": "registered",
        "easActivated": False,
        "easActivationDateTime": _NEVER,
        "emailAddress": user["mail"] if user else "",
        "enrolledDateTime": CREATED_AT,
        "exchangeAccessState": "none",
        "exchangeAccessStateReason": "none",
        "exchangeLastSuccessfulSyncDateTime": _NEVER,
        "freeStorageSpaceInBytes": 128_000_000_000,
        "isSupervised": False,
        "jailBroken": "Unknown",
        "managementAgent": "mdm",
        "managementCertificateExpirationDate": "2027-01-15T08:00:00Z",
        "managementState": "managed",
        "manufacturer": "Simulated",
        "model": "Simulated",
        "partnerReportedThreatState": "unknown",
        "physicalMemoryInBytes": 0,
        "totalStorageSpaceInBytes": 256_000_000_000,
        "userDisplayName": user["displayName"] if user else "",
        "userId": user["id"] if user else "",
        "userPrincipalName": user["userPrincipalName"] if user else "",
    }


def entra_device(object_id: str, managed: Resource) -> Resource:
    """The same device as Entra's `device`; `registeredOwners` holds the ids of its owners."""
    windows = managed["operatingSystem"] == "Windows"
    return {
        "id": object_id,
        "accountEnabled": True,
        "alternativeSecurityIds": [],
        "approximateLastSignInDateTime": managed["lastSyncDateTime"],
        "deviceId": managed["azureADDeviceId"],
        "deviceOwnership": managed["managedDeviceOwnerType"].capitalize(),
        "deviceVersion": 2,
        "displayName": managed["deviceName"],
        "isCompliant": managed["complianceState"] == "compliant",
        "isManaged": True,
        "managementType": "MDM",
        "operatingSystem": managed["operatingSystem"],
        "operatingSystemVersion": managed["osVersion"],
        "physicalIds": [],
        "profileType": "RegisteredDevice",
        "registrationDateTime": CREATED_AT,
        "systemLabels": [],
        "trustType": "AzureAd" if windows else "Workplace",
        "registeredOwners": [managed["userId"]] if managed["userId"] else [],
    }


def mobile_app(app_id: str, name: str) -> Resource:
    """An app as Intune's `mobileApp`."""
    return {
        "id": app_id,
        "createdDateTime": CREATED_AT,
        "displayName": name,
        "isFeatured": False,
        "lastModifiedDateTime": CREATED_AT,
        "publishingState": "published",
    }


def app_offer(group_id: str) -> Resource:
    """The assignment by which the members of a group may install an app, as Intune's `mobileAppAssignment`."""
    return {
        "id": f"{group_id}_0_0",
        "intent": "available",
        "settings": None,
        "target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group_id},
    }
