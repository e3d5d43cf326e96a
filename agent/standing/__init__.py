"""Standing grants at work: how they are kept, used, given, suspended and taken back."""
