-- member, token, then what the kind brings. 1: this lease's result stands; 0: the lease was lost before.
--   prepare   chunks, seconds of audio, description of the audio as JSON
--   separate  object key, seconds of compute, kind of device (absent from workers of before)
--   finish    outputs as JSON, null error in dB or ''
even_when_full()
local member, token = A[1], A[2]
local kind, job, index = split(member)
local record, done = job_key(job), job_key(job, 'done')
if redis.call('HGET', done, member) == token then return 1 end  -- said twice because the answer got lost
if not held(member, token) then
  survived(member, token)
  return 0
end
drop_lease(member)
if terminal(job) then return 0 end
if kind ~= 'finish' and get(job, 'cancel_requested_at') then
  settle(job)
  return 0
end
redis.call('HSET', done, member, token)
redis.call('HDEL', job_key(job, 'attempts'), member)
if kind == 'prepare' then
  local audio = tonumber(A[4])
  redis.call('HSET', record, 'chunks_total', A[3], 'duration_s', A[4], 'audio', A[5],
    'prepare_s', now - tonumber(get(job, 'started_at')))
  local bytes = tonumber(get(job, 'source_bytes'))
  if audio > 0 then
    local spent = 'vl:audio:' .. get(job, 'tenant') .. ':' .. math.floor(now / 86400)  -- access/lua/reserve.lua
    -- Not by INCRBYFLOAT, which in a script corrupts the memory of Redis 6.2.
    redis.call('SET', spent, tonumber(redis.call('GET', spent) or 0) + audio, 'EX', 2 * 86400)
    local worked, fetched = worked_s(job), tonumber(get(job, 'fetched_at'))
    if bytes and worked then learn('bytes:' .. get(job, 'source_kind'), bytes / audio, audio / worked) end
    local first = get(job, 'prepare_began_at') == get(job, 'started_at')  -- a second attempt does only the rest
    if first and worked and fetched then learn('prepare', (now - fetched) / worked) end
  end
  event(job, 'prepared', {chunks_total = tonumber(A[3]), duration_s = tonumber(A[4])})
elseif kind == 'separate' then
  redis.call('HSET', job_key(job, 'stems'), index, A[3])
  redis.call('HINCRBYFLOAT', record, 'inference_s', A[4])
  if A[5] then redis.call('HSET', record, 'device', A[5]) end
  local pace = get(job, 'pace')
  if pace then learn('separate:' .. pace, tonumber(A[4]) / tonumber(get(job, 'chunk_s'))) end
  local count = redis.call('HINCRBY', record, 'chunks_done', 1)
  event(job, 'chunk_done', {index = index, chunks_done = count, chunks_total = tonumber(get(job, 'chunks_total') or '')})
elseif kind == 'finish' then
  redis.call('HSET', record, 'outputs', A[3], 'null_error_db', A[4])
  local duration = tonumber(get(job, 'duration_s'))
  if duration > 0 then
    redis.call('HSET', record, 'rtf', tonumber(get(job, 'inference_s')) / duration)
    local format, began = get(job, 'format'), tonumber(get(job, 'finish_began_at'))
    if format and began then learn('finish:' .. format, (now - began) / worked_s(job)) end
  end
  for _, output in ipairs(cjson.decode(A[3])) do event(job, 'output', {stem = output.stem, bytes = output.bytes}) end
  terminate(job, 'succeeded')
  return 1
end
advance(job)
return 1
