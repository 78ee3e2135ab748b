-- Rates as they were measured, and what follows from them: progress and backlog. Put before every script.

-- What things were measured to take, as means in which the last counts LEARN and older ones ever less:
--   separate:{pace}   compute seconds per second of audio, by model, version and steps
--   prepare           seconds per second of audio, of a chunk at least; without fetching it, which others' servers pace
--   finish:{format}   seconds per second of audio, of a chunk at least
--   bytes:{kind}      bytes per second of audio, by kind of file
-- At least of a chunk, because a short recording takes what any takes: by the second of audio, a single sample would
-- make everything look a thousand times as long. Jobs of the first version do not say their pace, format and chunk_s: of
-- these nothing is known, and nothing learned.

local LEARN = 0.2

local function rate(kind, what)
  return what and tonumber(redis.call('HGET', 'vl:rates', kind .. ':' .. what))
end

local function prepare_rate()
  return tonumber(redis.call('HGET', 'vl:rates', 'prepare'))
end

-- Weight: how much this one counts, 0 to 1.
local function learn(name, value, weight)
  local old = tonumber(redis.call('HGET', 'vl:rates', name))
  redis.call('HSET', 'vl:rates', name, old and old + LEARN * (weight or 1) * (value - old) or value)
end

-- Seconds of audio: as decoded, as the file claims, or as files of its kind and size have; nil when none is known. A
-- false claim must not let everybody wait: nothing longer than MAX_DURATION_S is ever separated.
local function audio_s(job)
  local known = tonumber(get(job, 'duration_s') or get(job, 'expected_s'))
  if known then return math.min(known, MAX_DURATION_S) end
  local bytes, per_second = tonumber(get(job, 'source_bytes')), rate('bytes', get(job, 'source_kind'))
  return bytes and per_second and math.min(bytes / per_second, MAX_DURATION_S)
end

-- Chunks that the track has or, before that is known, is expected to have; nil when nothing is known.
local function chunks_of(job)
  local total = tonumber(get(job, 'chunks_total'))
  if total then return total end
  local audio, chunk_s = audio_s(job), tonumber(get(job, 'chunk_s'))
  return audio and chunk_s and math.max(1, math.ceil(audio / chunk_s), tonumber(get(job, 'chunks_ready') or 0))
end

local function chunks_done(job) return tonumber(get(job, 'chunks_done') or 0) end

-- Seconds of audio that preparing and finishing go by, nil for unknown.
local function worked_s(job)
  local audio, chunk_s = audio_s(job), tonumber(get(job, 'chunk_s'))
  return audio and chunk_s and math.max(audio, chunk_s)
end

-- Compute seconds of one chunk, nil when unknown. A chunk costs the same whether it is full or not.
local function chunk_cost(job)
  local pace = rate('separate', get(job, 'pace'))
  return pace and pace * tonumber(get(job, 'chunk_s'))
end

-- Seconds that preparing and finishing are expected to take from beginning to end; 0 when done, or never measured.
local function prepare_cost(job)
  return get(job, 'chunks_total') and 0 or (worked_s(job) or 0) * (prepare_rate() or 0)
end

local function finish_cost(job)
  return (worked_s(job) or 0) * (rate('finish', get(job, 'format')) or 0)
end

local LOADS = {gpu = 'load', cpu = 'cpu_load'}  -- fields of a job, and of vl:backlog

-- Seconds that a job still costs the engines, and the slots of the cpu-queue: what was never measured costs nothing.
local function load(job, queue)
  if terminal(job) then return 0 end
  if queue == 'gpu' then
    local cost, chunks = chunk_cost(job), chunks_of(job)
    return cost and chunks and math.max(0, chunks - chunks_done(job)) * cost or 0
  end
  return prepare_cost(job) + finish_cost(job)
end

-- Keep the sum of what all live jobs still cost, so that nobody has to add it up.
local function account(job)
  for queue, field in pairs(LOADS) do
    local before, left = tonumber(get(job, field) or 0), load(job, queue)
    if left ~= before then
      -- In a hash, because INCRBYFLOAT in a script corrupts the memory of Redis 6.2.
      redis.call('HINCRBYFLOAT', 'vl:backlog', field, left - before)
      redis.call('HSET', job_key(job), field, left)
    end
  end
  if terminal(job) then redis.call('SREM', 'vl:live', job) else redis.call('SADD', 'vl:live', job) end
  if redis.call('SCARD', 'vl:live') == 0 then redis.call('DEL', 'vl:backlog') end  -- with it the rounding
end

-- Make the sums anew: a worker of another version, which rolling upgrades have beside this one's, may keep but one.
local function add_up()
  local live = redis.call('SMEMBERS', 'vl:live')
  redis.call('DEL', 'vl:backlog')
  for _, field in pairs(#live > 0 and LOADS or {}) do
    local sum = 0
    for _, job in ipairs(live) do sum = sum + (tonumber(get(job, field)) or 0) end
    redis.call('HSET', 'vl:backlog', field, sum)
  end
end

-- Seconds that all live jobs still cost a queue.
local function backlog(queue)
  return math.max(0, tonumber(redis.call('HGET', 'vl:backlog', LOADS[queue])) or 0)
end

-- Share of the job that is done: of preparing, separating and finishing, weighed by what they were measured to take.
local function measure_progress(job)
  local old, state = tonumber(get(job, 'fraction') or 0), get(job, 'state')
  if state == 'succeeded' then return redis.call('HSET', job_key(job), 'fraction', 1) end
  local total = chunks_of(job)
  if state ~= 'running' or not total then return end
  local prepare, separate = prepare_rate(), rate('separate', get(job, 'pace'))
  local finish = rate('finish', get(job, 'format'))
  if prepare and separate and finish then
    local _, engines = slots('gpu')
    separate = separate / math.max(1, engines)
  else
    prepare, separate, finish = 0.05, 0.85, 0.1
  end
  local ready = get(job, 'chunks_total') and 1 or math.min(0.95, tonumber(get(job, 'chunks_ready') or 0) / total)
  local new = (prepare * ready + separate * chunks_done(job) / total) / (prepare + separate + finish)
  redis.call('HSET', job_key(job), 'fraction', math.max(old, math.min(new, 0.999)))
end

