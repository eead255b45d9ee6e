'use strict';

require('./start.cjs')('report');
