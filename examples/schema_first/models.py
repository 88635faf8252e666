"""The models of bodies; the file names them by their import paths."""

from pydantic import BaseModel


class Book(BaseModel):
    title: str
    year: int = 1984
