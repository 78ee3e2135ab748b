import pytest
from pydantic import ValidationError

from core.jobs.job import LEGAL, State, new_job_id
from core.jobs.options import JobOptions
from core.jobs.task import Kind, Task
from core.keys import is_job_id


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_job_id() for _ in range(2000)]
    assert len(set(ids)) == 2000
    assert all(is_job_id(one) for one in ids)
    assert [one[:14] for one in ids] == sorted(one[:14] for one in ids), "48 bits of time are ten characters"


def test_final_states_have_no_successor() -> None:
    assert {state for state in State if state.terminal} == {state for state in State if not LEGAL[state]}


def test_task_names_round_trip() -> None:
    task = Task(kind=Kind.separate, job_id="job_abc", index=17)
    assert task.member == "separate:job_abc:17"
    assert Task.parse(task.member) == task
    assert (task.queue, Task(kind=Kind.publish, job_id="job_abc").queue) == ("gpu", "cpu")


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"steps": 1001},
        {"eta": 1.1},
        {"seed": -1},
        {"seed": 2**63},
        {"stems": []},
        {"stems": ["vocals", "vocals"]},
        {"stems": ["Drums"]},
        {"stems": ["../drums"]},
        {"format": "ogg"},
        {"quality": "best"},
        {"loudness": -14},
    ],
)
def test_invalid_options_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        JobOptions.model_validate(wrong)
