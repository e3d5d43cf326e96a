"""The reference policy RP-01 to RP-34, written in our format for any tenant file of schema `corpus-tenant/1`.

Names of the file become object ids, so what comes out holds for that tenant only. `docs/reference-policy.md`
tells for each of the 34 rules how it is expressed, or which other part of the product holds it.

    for document in documents_for(tenant, catalogue=frozenset(CATALOGUE)): ...

Conventions of all rules here: to refuse, a rule denies; to hand over, no rule of some layer matches.
"""

from devhost.reference_policy.documents import authored_for, documents_for
from devhost.reference_policy.folder import rewrite_documents, write_documents

__all__ = ["authored_for", "documents_for", "rewrite_documents", "write_documents"]
