"""What a tenant's people mean by their words: hints that make the next case faster, and decide nothing."""
