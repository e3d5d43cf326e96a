"""What each wrong token the simulator can make is answered with: 401 proves nobody, 403 does not fit the message."""

TAMPERED: dict[str, int] = {
    "wrong_audience": 401,
    "wrong_issuer": 401,
    "same_tenant_app": 401,
    "user_token": 401,
    "other_tenant_app": 401,
    "wrong_serviceurl": 403,
    "wrong_servicehost": 403,
    "no_serviceurl": 403,
    "unendorsed_key": 403,
    "expired": 401,
    "not_yet_valid": 401,
    "unsigned": 401,
    "public_key_as_secret": 401,
    "unknown_key": 401,
    "wrong_tenant": 403,
}
