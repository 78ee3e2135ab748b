"""Layouts of training material: roles that sum to the mixture, splits, licences and credits."""

import csv
import json
import os
import pickle
import shutil
from pathlib import Path

import av
import numpy as np
import pytest

from cli.main import main
from core.audio.downmix import to_stereo
from core.errors import InputError
from core.settings import REPOSITORY
from lab.training.build_pool import SAME, build_pool, read_wav, report
from lab.training.pool import RATE, Pool
from lab.training.sources import MUSDB7_DEV, find_recordings

pytestmark = pytest.mark.slow


def write(path: Path, wav: np.ndarray) -> None:
    """Write `[C, T]`, mono or stereo."""
    layout = ("mono", "stereo")[len(wav) - 1]
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("flac" if path.suffix == ".flac" else "pcm_s16le", rate=RATE, layout=layout)
        samples = np.ascontiguousarray((wav * 32767).astype(np.int16).T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, "s16", layout)
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def tone(hertz: float, samples: int = 2400) -> np.ndarray:
    return 0.1 * np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)[None]


def splits(root: Path) -> dict[tuple[str, str], str]:
    return {(e.song, e.role): e.split for e in find_recordings([root])}


def musdb(root: Path, songs: dict[str, str]) -> None:
    for song, half in songs.items():
        for role in ("mixture", "vocals", "drums", "bass", "other"):
            write(root / half / song / f"{role}.wav", tone(200))


def test_the_accompaniment_is_mixture_minus_vocals(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    write(root / "one" / "vocals.wav", tone(300))
    write(root / "one" / "Mixture.flac", tone(300, 3000) + tone(1000, 3000))
    build_pool([root], tmp_path / "pool")
    pool = Pool(tmp_path / "pool")
    assert {(r.pool, r.song, r.role, r.split) for r in pool.recordings} == {
        ("mine", "one", role, "train") for role in ("vocals", "accompaniment")
    }
    accompaniment = pool.read(pool.select("accompaniment")[0])
    np.testing.assert_allclose(accompaniment[:, :2400], tone(1000, 3000)[:, :2400], atol=2e-4)
    assert accompaniment.shape == (1, 3000), "the length of the longer file"


def test_songs_with_one_part_are_used_and_other_folders_skipped(tmp_path: Path) -> None:
    write(tmp_path / "train" / "a" / "vocals.wav", tone(300))
    write(tmp_path / "dev" / "b" / "accompaniment.wav", tone(300))
    write(tmp_path / "train" / "notes" / "memo.wav", tone(300))
    assert splits(tmp_path) == {("a", "vocals"): "train", ("b", "accompaniment"): "dev"}


def test_musdb18_hq_has_its_validation_split_and_no_test_songs(tmp_path: Path) -> None:
    musdb(tmp_path, {"A - B": "train", "Meaxic - Take A Step": "train", "C - D": "test"})
    assert splits(tmp_path) == {
        (song, role): split
        for song, split in (("A - B", "train"), ("Meaxic - Take A Step", "dev"))
        for role in ("vocals", "drums", "bass", "other")
    }
    entry = find_recordings([tmp_path])[0]
    assert entry.pool == "musdb18hq"
    assert "non-commercial" in entry.licence


def test_musdb18_hq_is_recognised_without_test_and_excludes_evaluated_songs(tmp_path: Path) -> None:
    musdb(tmp_path, {"A - B": "train", "St Vitus - Word Gets Around": "train", "Leaf - Summerghost": "train"})
    for root in (tmp_path, tmp_path / "train"):
        entries = find_recordings([root])
        assert {e.song for e in entries if e.split == "train"} == {"A - B"}
        assert {e.pool for e in entries} == {"musdb18hq"}
        assert all("non-commercial" in e.licence for e in entries)


def test_the_dev_list_of_musdb7_is_complete() -> None:
    splits = REPOSITORY.parent / "shared/audio/splits.json"
    if not splits.exists():
        pytest.skip("the shared audio pools are not available")
    assert set(MUSDB7_DEV) == set(json.loads(splits.read_text())["musdb7"]["dev"])


def test_other_songs_in_the_layout_of_musdb_keep_their_pool_name(tmp_path: Path) -> None:
    musdb(tmp_path / "mine", {"A - B": "train"})
    assert {(e.pool, e.licence) for e in find_recordings([tmp_path / "mine"])} == {("mine", "")}


@pytest.mark.parametrize(
    ("files", "roles"),
    [
        ("vocals accompaniment drums bass other", {"vocals", "drums", "bass", "other"}),
        ("vocals accompaniment drums", {"vocals", "accompaniment"}),
        ("mixture vocals drums", {"vocals", "drums", "accompaniment"}),
        ("mixture vocals drums bass other", {"vocals", "drums", "bass", "other"}),
        ("mixture vocals no_vocals", {"vocals", "accompaniment"}),
        ("vocals instrumental", {"vocals", "accompaniment"}),
    ],
)
def test_the_roles_of_a_song_sum_to_its_mixture(tmp_path: Path, files: str, roles: set[str]) -> None:
    parts = {"vocals": tone(300), "drums": tone(500), "bass": tone(700), "other": tone(900)}
    parts["accompaniment"] = parts["drums"] + parts["bass"] + parts["other"]
    parts["no_vocals"] = parts["instrumental"] = parts["accompaniment"]
    parts["mixture"] = parts["vocals"] + parts["accompaniment"]
    for name in files.split():
        write(tmp_path / "mine" / "one" / f"{name}.wav", parts[name])
    build_pool([tmp_path / "mine"], tmp_path / "pool")
    pool = Pool(tmp_path / "pool")
    assert {r.role for r in pool.recordings} == roles
    np.testing.assert_allclose(sum(pool.read(r) for r in pool.recordings), parts["mixture"], atol=1e-3)


def test_moisesdb_sums_the_tracks_of_a_stem(tmp_path: Path) -> None:
    song = tmp_path / "moisesdb_v0.1" / "0f1e"
    tracks = {"vocals": ["x", "y"], "bowed_strings": ["z"]}
    for number, (stem, ids) in enumerate(tracks.items()):
        for shift, name in enumerate(ids):
            write(song / stem / f"{name}.wav", tone(400 + 400 * number + 200 * shift))
    stems = [
        {"stemName": stem, "tracks": [{"id": name, "extension": "wav", "trackType": "t"} for name in ids]}
        for stem, ids in tracks.items()
    ]
    (song / "data.json").write_text(json.dumps({"song": "Sun", "artist": "Moon", "stems": stems}))
    build_pool([tmp_path], tmp_path / "pool")
    pool = Pool(tmp_path / "pool")
    assert {(r.pool, r.song, r.role) for r in pool.recordings} == {
        ("moisesdb", "Moon - Sun", "vocals"),
        ("moisesdb", "Moon - Sun", "bowed_strings"),
    }
    np.testing.assert_allclose(pool.read(pool.select("vocals")[0]), tone(400) + tone(600), atol=2e-4)


def test_a_dev_song_of_one_folder_is_a_dev_song_in_all(tmp_path: Path) -> None:
    write(tmp_path / "short" / "dev" / "A_B_Sea" / "vocals.wav", tone(300))
    musdb(tmp_path / "hq", {"A & B - Sea": "train", "Else": "train", "T": "test"})
    entries = find_recordings([tmp_path / "short", tmp_path / "hq"])
    assert {e.song for e in entries if e.split == "train"} == {"Else"}


def test_licences_apply_to_files_and_folders(tmp_path: Path) -> None:
    for song in ("a", "b", "c"):
        write(tmp_path / song / "vocals.wav", tone(300))
        write(tmp_path / song / "accompaniment.wav", tone(300))
    with (tmp_path / "licences.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(
            [("path", "licence", "credit"), ("a/vocals.wav", "CC0", ""), ("a", "CC BY", "Ann"), ("b/", "PD", "Bob")]
        )
    licences = {(e.song, e.role): (e.licence, e.credit) for e in find_recordings([tmp_path])}
    assert licences["a", "vocals"] == ("CC0", "")
    assert licences["a", "accompaniment"] == ("CC BY", "Ann")
    assert licences["b", "vocals"] == ("PD", "Bob")
    assert licences["c", "vocals"] == ("", "")


def test_an_unknown_layout_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "song.wav", tone(300))
    with pytest.raises(InputError, match=r"vocals\.wav and accompaniment\.wav"):
        find_recordings([tmp_path])
    with pytest.raises(InputError, match="does not exist"):
        find_recordings([tmp_path / "absent"])


@pytest.mark.parametrize("text", ["song\tCC0\tAnn\n", "file\tlicense\na\tCC0\n", ""])
def test_a_licence_table_with_wrong_columns_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path / "song" / "vocals.wav", tone(300))
    (tmp_path / "licences.tsv").write_text(text)
    with pytest.raises(InputError, match=r"licences\.tsv needs a first line"):
        find_recordings([tmp_path])


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    write(tmp_path / "mine" / "a" / "vocals.wav", tone(300))
    (tmp_path / "mine" / "a" / "accompaniment.wav").write_bytes(b"no audio")
    with pytest.raises(InputError, match=r"mine/a/accompaniment\.wav: "):
        build_pool([tmp_path / "mine"], tmp_path / "pool")


def test_the_report_lists_hours_songs_licences_and_credits(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    for song in ("a", "b"):
        write(root / song / "vocals.wav", tone(300, RATE * 9))
        write(root / song / "accompaniment.wav", tone(300, RATE * 18))
    with (root / "licences.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([("path", "licence", "credit"), ("a", "CC BY", "Ann")])
    build_pool([root], tmp_path / "pool")
    assert report(Pool(tmp_path / "pool")) == [
        {
            "source": "mine",
            "licence": licence,
            "split": "train",
            "songs": 1,
            "hours": {"accompaniment": 0.005, "vocals": 0.003},
            "credits": whom,
        }
        for licence, whom in (("CC BY", ["Ann"]), ("not stated", []))
    ]


def test_a_rebuild_decodes_only_new_files_and_keeps_open_pools_readable(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    write(root / "a" / "vocals.wav", tone(300))
    write(root / "b" / "vocals.wav", tone(500))
    build_pool([root], tmp_path / "pool")
    open_pool = Pool(tmp_path / "pool")
    before = open_pool.read(open_pool.recordings[1])
    shutil.rmtree(root / "a")
    write(root / "c" / "vocals.wav", tone(700))
    (root / "b" / "vocals.wav").write_bytes(b"not read again")
    os.utime(root / "b" / "vocals.wav", (0, 0))
    build_pool([root], tmp_path / "pool")
    np.testing.assert_array_equal(open_pool.read(open_pool.recordings[1]), before)
    again = Pool(tmp_path / "pool")
    assert [r.song for r in again.recordings] == ["b", "c"]
    np.testing.assert_array_equal(again.read(again.recordings[0]), before)
    np.testing.assert_allclose(again.read(again.recordings[1]), tone(700), atol=2e-4)
    (root / "b" / "vocals.wav").unlink()
    write(root / "b" / "vocals.wav", tone(900))
    os.utime(root / "b" / "vocals.wav", (2e9, 2e9))
    build_pool([root], tmp_path / "pool")
    changed = Pool(tmp_path / "pool")
    np.testing.assert_allclose(changed.read(changed.recordings[0]), tone(900), atol=2e-4)


def test_a_pickled_pool_reads_its_audio_after_a_rebuild(tmp_path: Path) -> None:
    root, place = tmp_path / "mine", tmp_path / "pool"
    write(root / "b" / "vocals.wav", tone(500))
    build_pool([root], place)
    sent = pickle.dumps(Pool(place))
    write(root / "a" / "vocals.wav", tone(300))
    build_pool([root], place)
    again = pickle.loads(sent)
    assert [r.song for r in again.recordings] == ["b"]
    np.testing.assert_allclose(again.read(again.recordings[0]), tone(500), atol=2e-4)
    write(root / "c" / "vocals.wav", tone(700))
    build_pool([root], place)
    assert len(list(place.glob("*.npy"))) == 2, "only the previous build is kept"
    with pytest.raises(InputError, match="rebuilt more than once"):
        pickle.loads(sent)


def test_a_build_killed_before_its_index_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, place = tmp_path / "mine", tmp_path / "pool"
    write(root / "b" / "vocals.wav", tone(500))
    build_pool([root], place)
    write(root / "a" / "vocals.wav", tone(300))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("lab.training.build_pool.write_index", killed)
        with pytest.raises(KeyboardInterrupt):
            build_pool([root], place)
    for _ in range(2):
        pool = Pool(place)
        (voice,) = (r for r in pool.recordings if r.song == "b")
        np.testing.assert_allclose(pool.read(voice), tone(500), atol=2e-4)
        build_pool([root], place)


def test_stereo_recordings_are_stored_and_read(tmp_path: Path) -> None:
    root, place = tmp_path / "mine", tmp_path / "pool"
    sides = np.concatenate([tone(300), tone(700)])
    write(root / "a" / "vocals.wav", tone(500))
    write(root / "b" / "vocals.wav", sides)
    write(root / "c" / "vocals.wav", tone(900))
    for _ in range(2):  # decoded, then copied from the earlier pool
        build_pool([root], place)
        pool = Pool(place)
        shapes = [(r.channels, r.samples, r.offset) for r in pool.recordings]
        assert shapes == [(1, 2400, 0), (2, 2400, 2400), (1, 2400, 7200)]
        assert len(pool.audio) == 4 * 2400
        for recording, expected in zip(pool.recordings, (tone(500), sides, tone(900)), strict=True):
            np.testing.assert_allclose(pool.read(recording), expected, atol=2e-4)
            np.testing.assert_allclose(pool.read_mono(recording), expected.mean(0), atol=2e-4)
        piece = pool.read(pool.recordings[1], 2000, 600)
        assert piece.shape == (2, 600) and piece.dtype == np.float32
        np.testing.assert_allclose(piece[:, :400], sides[:, 2000:], atol=2e-4)
        assert not piece[:, 400:].any(), "zeros past the end, in both channels"
        assert pool.read_mono(pool.recordings[1], 2000, 600).shape == (600,)
        for recording in pool.recordings:  # must not be decoded again
            (root / recording.path).write_bytes(b"not read again")
            os.utime(root / recording.path, (0, 0))
    assert sum(pool.samples().values()) == 3 * 2400, "samples per channel"


@pytest.mark.parametrize(("part", "channels"), [(0.5, 1), (2.0, 2)])
def test_nearly_equal_channels_are_stored_as_one(tmp_path: Path, part: float, channels: int) -> None:
    middle = tone(400)
    side = part * SAME * 0.5 * tone(3000)  # half of left - right
    write(tmp_path / "mine" / "a" / "vocals.wav", np.concatenate([middle + side, middle - side]))
    build_pool([tmp_path / "mine"], tmp_path / "pool")
    pool = Pool(tmp_path / "pool")
    (recording,) = pool.recordings
    assert recording.channels == channels
    np.testing.assert_allclose(pool.read(recording).mean(0), middle[0], atol=2e-4)
    assert len(pool.audio) == channels * 2400


def test_mono_and_stereo_files_of_one_recording_are_summed_in_both_channels(tmp_path: Path) -> None:
    sides = np.concatenate([tone(300), tone(700)])
    write(tmp_path / "mine" / "one" / "vocals.wav", tone(500))
    write(tmp_path / "mine" / "one" / "mixture.wav", sides + tone(500))
    write(tmp_path / "mine" / "two" / "vocals.wav", sides)
    write(tmp_path / "mine" / "two" / "mixture.wav", sides + tone(500))
    build_pool([tmp_path / "mine"], tmp_path / "pool")
    pool = Pool(tmp_path / "pool")
    rest = {r.song: pool.read(r) for r in pool.select("accompaniment")}
    np.testing.assert_allclose(rest["one"], sides, atol=3e-4)
    np.testing.assert_allclose(rest["two"], tone(500), atol=3e-4)


def test_a_file_of_many_channels_is_mixed_down_to_two(tmp_path: Path) -> None:
    pitches = {"FL": 300, "FR": 500, "FC": 700, "LFE": 60, "BL": 900, "BR": 1100}
    wav = np.concatenate([tone(hertz) for hertz in pitches.values()])
    with av.open(str(tmp_path / "song.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="5.1")
        samples = np.ascontiguousarray((wav * 32767).astype(np.int16).T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, "s16", "5.1")
        frame.sample_rate = RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    stereo = read_wav(tmp_path / "song.wav")
    assert stereo.shape == (2, 2400)
    np.testing.assert_allclose(stereo, to_stereo(wav.astype(np.float32), "5.1"), atol=2e-4)
    np.testing.assert_allclose(read_wav(tmp_path / "song.wav", "4"), tone(900), atol=2e-4)


def test_folders_of_one_name_are_distinguished(tmp_path: Path) -> None:
    for folder, hertz in (("x", 300), ("y", 500)):
        write(tmp_path / folder / "songs" / "a" / "vocals.wav", tone(hertz))
        build_pool([tmp_path / folder / "songs"], tmp_path / "pool")
        pool = Pool(tmp_path / "pool")
        np.testing.assert_allclose(pool.read(pool.recordings[0]), tone(hertz), atol=2e-4)
    with pytest.raises(InputError, match="both have the pool name 'songs'"):
        find_recordings([tmp_path / "x" / "songs", tmp_path / "y" / "songs"])


def test_the_commands_build_a_pool_and_print_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("mine", "yours"):
        write(tmp_path / name / "song" / "vocals.wav", tone(300))
    roots = [f"--root={tmp_path / name}" for name in ("mine", "yours")]
    assert main(["train", "pool", *roots, "--out", str(tmp_path / "pool")]) == 0
    capsys.readouterr()
    assert main(["train", "report", "--pool", str(tmp_path / "pool")]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [row["source"] for row in printed] == ["mine", "yours"]
    assert printed == report(Pool(tmp_path / "pool"))
