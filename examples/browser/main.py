"""A list of tasks that runs in the browser: no server answers, the page calls the application.

A browser gives Python no threads: `def` endpoints and files need `asgi.go_without_threads()`, with this package and
with the real one.
"""

from __future__ import annotations

from typing import Dict, List

from pydantic import BaseModel, Field

from fastapi import FastAPI, HTTPException, Query

app = FastAPI(title="Tasks in the browser")


class Task(BaseModel):
    title: str = Field(min_length=1)
    done: bool = False


tasks: Dict[int, Task] = {1: Task(title="open this page")}


@app.get("/tasks")
async def list_tasks(done: bool = Query(False), limit: int = Query(10, ge=1, le=100)) -> List[Task]:
    return [task for task in tasks.values() if task.done == done][:limit]


@app.post("/tasks", status_code=201)
async def add_task(task: Task) -> Dict[str, int]:
    number = max(tasks, default=0) + 1
    tasks[number] = task
    return {"number": number}


@app.get("/tasks/{number}")
async def read_task(number: int) -> Task:
    if number not in tasks:
        raise HTTPException(404, "no such task")
    return tasks[number]
