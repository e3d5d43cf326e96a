"""Reading what people write: own words, language, wishes, intents and days; nothing here knows the directory."""
