-- publish's member, token, index, piece as JSON. 1: this piece counts; 0: the lease is lost, or another piece counts.
even_when_full()
local member, token, index, piece = A[1], A[2], tonumber(A[3]), A[4]
local _, job = split(member)
local standing = redis.call('HGET', job_key(job, 'pieces'), index)
if standing then return standing == piece and 1 or 0 end
if not held(member, token) or index ~= number(job, 'pieces_published') then return 0 end
redis.call('HSET', job_key(job, 'pieces'), index, piece)
redis.call('HSET', job_key(job), 'pieces_published', index + 1)
if index == 0 then redis.call('HSET', job_key(job), 'first_piece_s', now - number(job, 'created_at')) end
redis.call('HSET', job_key(job, 'attempts'), member, 1)  -- progress: not poison
renew_lease(member)
event(job, 'piece', {index = index, pieces_published = index + 1})
return 1
