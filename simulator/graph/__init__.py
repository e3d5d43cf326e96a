"""Microsoft Graph v1.0, the part the product uses: one route table per area, everything else answers 501."""
