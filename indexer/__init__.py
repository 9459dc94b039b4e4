"""From articles to an index and back: model, encoder, legs, generation, build."""
