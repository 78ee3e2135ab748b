-- prepare's or extend's member, token, expected seconds of audio or '', then the record's fields and values for the
-- source. 1: stored; -1: the lease is lost.
even_when_full()
local member, token, expected = A[1], A[2], tonumber(A[3])
local _, job = split(member)
if not held(member, token) then return -1 end
renew_lease(member)
redis.call('HSET', job_key(job), 'expected_s', A[3], 'fetched_at', now, 'slice_began_at', now,
  'chunks_expected', expected and math.max(1, math.ceil(expected / number(job, 'chunk_s'))) or '')
local old = get(job, 'source')
for i = 4, #A, 2 do redis.call('HSET', job_key(job), A[i], A[i + 1]) end
if get(job, 'source') ~= old then event(job, 'source', {bytes = number(job, 'source_bytes')}) end
return 1
