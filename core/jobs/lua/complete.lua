-- member, token, then arguments by kind. 1: this lease's result counts; 0: the lease was lost before.
--   prepare, extend  chunks, seconds of audio, description of the audio as JSON
--   separate         object key, seconds of compute, kind of device
--   finish           outputs as JSON, null error in dB or ''
--   convert          conversion as JSON
even_when_full()
local member, token = A[1], A[2]
local kind, job, index = split(member)
local record, done = job_key(job), job_key(job, 'done')
if redis.call('HGET', done, member) == token then return 1 end  -- repeated because the reply got lost
if not held(member, token) then
  survived(member, token)
  return 0
end
drop_lease(member)
if kind == 'convert' then
  if is_unwanted(member) then return 0 end
  note_conversion(member, token, A[3])
  return 1
end
if terminal(job) then return 0 end
if kind ~= 'finish' and get(job, 'cancel_requested_at') then
  settle(job)
  return 0
end

-- Durations for estimates.py: exponential means in which the last one has the weight LEARN.
local LEARN = 0.2
local function learn(name, value, weight)
  local old = tonumber(redis.call('HGET', key('rates'), name) or '')
  redis.call('HSET', key('rates'), name, old and old + LEARN * (weight or 1) * (value - old) or value)
end

-- Preparing and finishing count at least one chunk: a short recording has a fixed cost, and per second of audio a
-- single sample would make every estimate a thousand times too long.
local chunk_s = number(job, 'chunk_s')
local function worked_s(audio) return math.max(audio, chunk_s) end

redis.call('HSET', done, member, token)
redis.call('HDEL', job_key(job, 'attempts'), member)
if kind == 'prepare' or kind == 'extend' then
  local audio = tonumber(A[4])
  redis.call('HSET', record, 'chunks_total', A[3], 'duration_s', A[4], 'audio', A[5],
    'prepare_s', now - number(job, 'started_at'))
  if audio > 0 then
    local spent = key('audio', get(job, 'tenant'), math.floor(now / 86400))  -- access/lua/reserve.lua
    -- Without INCRBYFLOAT, which in a script corrupts the memory of Redis 6.2.
    redis.call('SET', spent, tonumber(redis.call('GET', spent) or 0) + audio, 'EX', 2 * 86400)
    local bytes = number(job, 'source_bytes')
    if bytes then learn('bytes:' .. get(job, 'source_kind'), bytes / audio, audio / worked_s(audio)) end
    -- Unless a slice was lost and repeated, or nothing was cut because the recording was never described.
    if get(job, 'fetched_at') and number(job, 'slices') == (number(job, 'passes') or 0) + 1 then
      learn('prepare', ((number(job, 'prepare_spent_s') or 0) + now - number(job, 'slice_began_at')) / worked_s(audio))
    end
  end
  event(job, 'prepared', {chunks_total = tonumber(A[3]), duration_s = audio})
elseif kind == 'separate' then
  redis.call('HSET', job_key(job, 'stems'), index, A[3])
  redis.call('HINCRBYFLOAT', record, 'inference_s', A[4])
  redis.call('HSET', record, 'device', A[5])
  learn('separate:' .. get(job, 'pace'), tonumber(A[4]) / chunk_s)
  local count = redis.call('HINCRBY', record, 'chunks_done', 1)
  event(job, 'chunk_done', {index = index, chunks_done = count, chunks_total = number(job, 'chunks_total')})
elseif kind == 'finish' then
  redis.call('HSET', record, 'outputs', A[3], 'null_error_db', A[4])
  local audio = number(job, 'duration_s')
  if audio > 0 then
    redis.call('HSET', record, 'rtf', number(job, 'inference_s') / audio)
    learn('finish:' .. get(job, 'format'), (now - number(job, 'finish_began_at')) / worked_s(audio))
  end
  for _, output in ipairs(cjson.decode(A[3])) do event(job, 'output', {stem = output.stem, bytes = output.bytes}) end
  terminate(job, 'succeeded')
  return 1
end
advance(job)
return 1
