"""What the tests know of each area of the catalogue, a module an area."""
