-- id, tenant, url, seconds until the id is forgotten, seconds until the wait ends. 1: the test event will be or was
-- sent; 0: the id belongs to another URL. An event that nobody sent in time, or whose courier died, is sent when it is
-- requested again.
local trial = key('webhook_trial', A[1])
local known = redis.call('HMGET', trial, 'url', 'sent', 'asked_at')
if known[1] and known[1] ~= A[3] then return 0 end
if known[1] and (known[2] or now - tonumber(known[3]) < tonumber(A[5])) then return 1 end
redis.call('HSET', trial, 'tenant', A[2], 'url', A[3], 'asked_at', now)
redis.call('EXPIRE', trial, A[4])
redis.call('RPUSH', key('webhook_trials'), A[1])
return 1
