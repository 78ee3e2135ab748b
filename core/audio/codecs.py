"""The supported codecs, by FFmpeg's names; no other decoder exists for uploaded files."""

PCM = {
    f"pcm_{kind}": bits
    for kind, bits in {
        "u8": 8, "s8": 8, "s16le": 16, "s16be": 16, "s24le": 24, "s24be": 24, "s32le": 32, "s32be": 32,
        "f32le": 0, "f32be": 0, "f64le": 0, "f64be": 0,
    }.items()
}  # fmt: skip
LOSSLESS = {"flac", "alac", "ape", "tta", "wavpack", "wmalossless", "truehd", "mlp"}
DECODERS = ",".join(
    [
        *PCM,
        *sorted(LOSSLESS),
        *"pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt adpcm_swf".split(),
        *"aac aac_latm ac3 eac3 dca mp1 mp1float mp2 mp2float mp3 mp3float opus vorbis".split(),
        *"amrnb amrwb wmav1 wmav2 wmapro".split(),
    ]
)
