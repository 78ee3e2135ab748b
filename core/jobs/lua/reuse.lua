-- prepare's member, token, the job whose files were copied, chunks, seconds of audio, audio as JSON, pieces as a JSON
-- list of JSON texts, outputs as JSON, null error in dB or ''. 1: the job has succeeded; 0: the lease was lost before.
even_when_full()
local member, token, pieces, outputs = A[1], A[2], cjson.decode(A[7]), cjson.decode(A[8])
local _, job = split(member)
local done = job_key(job, 'done')
if redis.call('HGET', done, member) == token then return 1 end  -- repeated because the reply got lost
if not held(member, token) then return 0 end
drop_lease(member)
if terminal(job) then return 0 end
redis.call('HSET', done, member, token)
redis.call('HSET', job_key(job), 'cached_from', A[3], 'chunks_total', A[4], 'chunks_ready', A[4], 'chunks_done', A[4],
  'duration_s', A[5], 'audio', A[6], 'outputs', A[8], 'null_error_db', A[9], 'pieces_published', #pieces,
  'prepare_s', now - number(job, 'started_at'), 'first_piece_s', now - number(job, 'created_at'), 'rtf', 0)
for i, piece in ipairs(pieces) do redis.call('HSET', job_key(job, 'pieces'), i - 1, piece) end
withdraw(job)
event(job, 'prepared', {chunks_total = tonumber(A[4]), duration_s = tonumber(A[5])})
event(job, 'piece', {index = #pieces - 1, pieces_published = #pieces})
for _, output in ipairs(outputs) do event(job, 'output', {stem = output.stem, bytes = output.bytes}) end
terminate(job, 'succeeded')
return 1
