"""Questions about signing in: a person's telephones, and which methods the tenant allows."""

from collections.abc import Mapping
from typing import Any

from agent.errors import DirectoryError
from agent.lookups.lookup import Lookup
from agent.lookups.quoting import object_id
from agent.lookups.reading import id_of, picked, records
from agent.lookups.tenant import ALL
from agent.model.graph_call import GraphCall


def _phones_of(subject: str) -> GraphCall:
    return GraphCall(method="GET", path=f"/users/{object_id(subject)}/authentication/phoneMethods")


def _phones(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return {"phones": [{"id": id_of(one), **picked(one, phoneType=str, phoneNumber=str)} for one in records(body)]}


def _policy(subject: str) -> GraphCall:
    if subject != ALL:
        raise DirectoryError(f"expected the subject `{ALL}` to look up how a tenant signs in")
    return GraphCall(method="GET", path="/policies/authenticationMethodsPolicy")


def _methods(_subject: str, body: Mapping[str, Any]) -> dict[str, Any]:
    found = records({"value": body.get("authenticationMethodConfigurations")})
    return {"methods": [_method(one) for one in found]}


def _method(record: Mapping[str, Any]) -> dict[str, Any]:
    limits = picked(record, minimumLifetimeInMinutes=int, maximumLifetimeInMinutes=int, defaultLifetimeInMinutes=int)
    # The name of a method; one spelling only, so that planners need not know Microsoft's.
    return {"id": id_of(record).lower(), **picked(record, state=str, isUsableOnce=bool), **limits}


# Subject: a user's object id. Facts: `phones`, each id, phoneType and phoneNumber, which the undo of a deletion needs.
USER_PHONES = Lookup("user.phones", _phones_of, _phones, permission="UserAuthenticationMethod.Read.All")

# Subject: `all`. Facts: `methods`, each an id such as `temporaryaccesspass` and a `state`; of the Temporary Access
# Pass also its lifetimes. Whom a method is for is not read.
POLICY_AUTH_METHODS = Lookup("policy.auth_methods", _policy, _methods, permission="Policy.Read.AuthenticationMethod")
