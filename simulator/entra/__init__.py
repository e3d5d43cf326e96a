"""Sign-in: OpenID metadata, the token endpoint, and the managed-identity endpoint of App Service."""
