"""What can be read off a text by code alone: quotations, cues, names, speakers. str in, dataclasses out."""
