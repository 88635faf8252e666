"""What the bodies are; the file names it by where it is imported from."""

from pydantic import BaseModel


class Book(BaseModel):
    title: str
    year: int = 1984
