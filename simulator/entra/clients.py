"""How a client proves who it is at the token endpoint: by a registered secret or by the managed identity's token.

A client assertion is accepted when it is (1) signed by this Entra, (2) issued by the home tenant, (3) meant for
`api://AzureADTokenExchange`, (4) about the managed identity, and (5) in time; and when the application trusts it.
"""

from collections.abc import Mapping

from simulator.applications import Application
from simulator.cloud import Cloud, Tenant
from simulator.entra import mint
from simulator.errors import EntraError, TokenError

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
Form = Mapping[str, str]


def identify(cloud: Cloud, tenant: Tenant, *, form: Form) -> tuple[Application, bool]:
    """The application that asks, and whether it proved itself by a secret.

    Raises:
        EntraError: it is unknown in the tenant, or the proof is missing or wrong.
    """
    client_id = required(form, "client_id")
    app = tenant.applications.get(client_id)
    if app is None:
        message = f"Application with identifier '{client_id}' was not found in the directory"
        raise EntraError(400, "unauthorized_client", aadsts=700016, message=message)
    if "client_assertion" in form:
        _check_assertion(cloud, app, form=form)
        return app, False
    if "client_secret" in form:
        if not app.knows_secret(form["client_secret"]):
            raise EntraError(401, "invalid_client", aadsts=7000215, message="Invalid client secret provided.")
        return app, True
    message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    raise EntraError(401, "invalid_client", aadsts=7000218, message=message)


def required(form: Form, name: str) -> str:
    """The form field `name`.

    Raises:
        EntraError: it is missing or empty.
    """
    if not form.get(name):
        message = f"The request body must contain the following parameter: '{name}'."
        raise EntraError(400, "invalid_request", aadsts=900144, message=message)
    return form[name]


def _check_assertion(cloud: Cloud, app: Application, *, form: Form) -> None:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise _refused(700021, "Client assertion application identifier or type doesn't match.")
    try:
        claims = cloud.verifier.claims(
            form["client_assertion"], frozenset({mint.EXCHANGE}), now=cloud.clock.unix()
        )  # (1) (3) (5)
    except TokenError as wrong:
        raise _refused(*_ASSERTION_FAULTS[wrong.reason]) from wrong
    if claims.get("iss") != mint.issuer(cloud, cloud.home_tenant_id):  # (2)
        raise _refused(700211, "No matching federated identity record found for presented assertion issuer.")
    if not app.trusts_identity or claims.get("sub") != cloud.names.identity_object_id:  # (4)
        raise _refused(700213, "No matching federated identity record found for presented assertion subject.")


_ASSERTION_FAULTS = {
    "signature": (700027, "Client assertion failed signature validation."),
    "claims": (50027, "JWT token is invalid or malformed."),
    "audience": (700212, "No matching federated identity record found for presented assertion audience."),
    "expired": (700024, "Client assertion is not within its valid time range."),
    "not_yet_valid": (700024, "Client assertion is not within its valid time range."),
}


def _refused(aadsts: int, message: str) -> EntraError:
    return EntraError(401, "invalid_client", aadsts=aadsts, message=message)
