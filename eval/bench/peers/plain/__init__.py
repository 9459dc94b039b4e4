"""What most people write first: FastAPI, sentence-transformers and a flat FAISS index; runs in its own environment."""
