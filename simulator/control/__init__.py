"""The simulator's own site, not Microsoft's: look into the cloud, make it fail, press buttons in it."""
