"""What a tenant has besides people and groups: written once from its file, a module an area."""
