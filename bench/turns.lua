-- For wrk: sends requests to several domains in turns so short that whatever else the machine does hits all alike.
-- Arguments: the domains. Prints for each how many requests were sent, and for how many seconds.

local TURN_SECONDS = 0.1

local ffi = require('ffi')
ffi.cdef('typedef struct { long seconds; long nanoseconds; } timespec; int clock_gettime(int, timespec *);')
local MONOTONIC = 1
local clock = ffi.new('timespec')
local function now()
  ffi.C.clock_gettime(MONOTONIC, clock)
  return tonumber(clock.seconds) + tonumber(clock.nanoseconds) / 1e9
end

local thread
function setup(its_thread)
  thread = its_thread
end

function init(domains)
  requests, sent, seconds, waiting = {}, {}, {}, {}
  for turn, domain in ipairs(domains) do
    requests[turn] = wrk.format('GET', nil, { Host = domain })
    sent[turn], seconds[turn] = 0, 0
  end
  ends, result = 0, ''
end

function request()
  local time = now()
  if time >= ends then
    if current then
      seconds[current] = seconds[current] + time - began
      -- Only text and numbers reach `done`.
      result = table.concat(sent, ' ') .. ' in ' .. table.concat(seconds, ' ')
    end
    if #waiting == 0 then
      for turn = 1, #requests do
        table.insert(waiting, math.random(#waiting + 1), turn)
      end
    end
    current, began, ends = table.remove(waiting), time, time + TURN_SECONDS
  end
  sent[current] = sent[current] + 1
  return requests[current]
end

function done(summary)
  local errors = summary.errors
  print('turns: ' .. thread:get('result'))
  print('failed: ' .. errors.status + errors.connect + errors.read + errors.write + errors.timeout)
end
