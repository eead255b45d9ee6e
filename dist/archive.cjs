'use strict';

require('./start.cjs')('archive');
