"""Pictures of our cards, as Teams' own library shows them, and what is wrong with them."""
