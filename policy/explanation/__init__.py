"""Why a decision is what it is, in the terms of the rules, for a technician and for the person who asked."""
