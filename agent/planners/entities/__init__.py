"""Finding objects of the directory in what people write: words made comparable, names that fit them, who is meant."""
